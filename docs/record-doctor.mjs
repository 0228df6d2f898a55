// Runs the doctor on the embedded server and on those that are named, and writes their tables to docs/doctor.md:
// `npm run build && node docs/record-doctor.mjs 'moto 5.2.5=http://KEY:SECRET@127.0.0.1:5000' 'minio …=…' …`
// The name's first word is the server's in test/support/servers.ts; test/e2e/sync-doctor.test.ts compares the verdicts.
import { buildApp } from 'fauxqs'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const SIGNS = { yes: '✓', partly: '!', no: '✗', unknown: '?' }
/** They differ from run to run and from machine to machine. */
const FIGURES = new Set(['reachable', 'clock', 'throughput'])

function examine(url) {
  const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'doctor', 'recorded', '--json', '--quiet'], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', S3_SYNC_CONNECTION_RECORDED: url },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => (text += chunk))
  return new Promise((resolve) => child.on('close', () => resolve(JSON.parse(text))))
}

const { version } = JSON.parse(readFileSync(join(root, 'node_modules/fauxqs/package.json'), 'utf8'))
const app = buildApp({ logger: false })
const embedded = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
const named = process.argv.slice(2).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)])
const servers = []
for (const [title, url] of [[`embedded (fauxqs ${version})`, `http://test-key:embedded@${embedded.host}`], ...named]) {
  const { checks, cleaned } = await examine(url)
  if (!cleaned) throw new Error(`${title}: something was not removed`)
  servers.push({ name: title.split(' ')[0], title, checks })
}
await app.close()

/** Fit for a cell of a table; what could change a page is told by its number. */
const cell = (text) =>
  text
    .replace(/[\p{Cc}\ufffd\u202a-\u202e]/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
    .replace(/[|<>*_`\\]/g, (character) => `\\${character}`)

const row = (cells) => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
const checks = servers[0].checks.map(({ check }) => check)
const findingOf = (server, check) => server.checks.find((finding) => finding.check === check)

const overview = table(
  ['check', ...servers.map(({ name }) => name)],
  checks.map((check) => [check, ...servers.map((server) => SIGNS[findingOf(server, check).verdict])]),
)
const details = servers.map(({ title, checks: findings }) => {
  const rows = findings
    .filter(({ check, verdict }) => verdict !== 'yes' && !FIGURES.has(check))
    .map(({ check, verdict, detail, advice }) => [check, SIGNS[verdict], cell(detail), cell(advice ?? '')])
  return `## ${title}\n\n${table(['check', '', 'what was found', 'advice'], rows)}`
})

const intro = `# What the doctor finds

Results of \`s3-sync doctor NAME\` for the servers that the tests run: ✓ yes, ! partly, ✗ no, ? unknown. How to run it:
[Connections](connections.md#doctor-what-an-endpoint-supports). This page is written by \`docs/record-doctor.mjs\`;
\`test/e2e/sync-doctor.test.ts\` fails when a server gives other verdicts (clock and throughput aside).`
writeFileSync(join(root, 'docs/doctor.md'), `${[intro, overview, ...details].join('\n\n')}\n`)
