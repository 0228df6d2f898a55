// Runs the doctor on the embedded server and on those that are named, and writes their tables to docs/doctor.md. .ci/matrix runs it:
// `npm run build && node docs/record-doctor.mjs 'moto 5.2.5' 'minio …' …`; the first word of each is a name in S3_SYNC_TEST_ENDPOINTS
// (test/support/servers.ts). test/e2e/sync-doctor.test.ts compares the verdicts.
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
const running = [
  { name: 'embedded', url: `http://test-key:embedded@${embedded.host}` },
  ...JSON.parse(process.env.S3_SYNC_TEST_ENDPOINTS ?? '[]'),
]
const servers = []
for (const title of [`embedded (fauxqs ${version})`, ...process.argv.slice(2)]) {
  const { url } = running.find(({ name }) => name === title.split(' ')[0]) ?? {}
  if (url === undefined) throw new Error(`${title} is not running`)
  const { checks, left } = await examine(url)
  servers.push({ name: title.split(' ')[0], title, checks, left })
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
/** Names differ from run to run. */
const leftOver = ({ kind, key = '' }) =>
  kind === 'bucket' ? 'the bucket' : `${kind} ${cell(key.slice(0, 20))}… (${key.length} bytes)`
const details = servers.map(({ title, checks: findings, left }) => {
  const rows = findings
    .filter(({ check, verdict }) => verdict !== 'yes' && !FIGURES.has(check))
    .map(({ check, verdict, detail, advice }) => [check, SIGNS[verdict], cell(detail), cell(advice ?? '')])
  const remaining = left.length === 0 ? '' : `\n\nCould not be removed at the end: ${left.map(leftOver).join(', ')}.`
  return `## ${title}\n\n${table(['check', '', 'what was found', 'advice'], rows)}${remaining}`
})

const intro = `# What the doctor finds

Results of \`s3-sync doctor NAME\` for the servers that the tests run: ✓ yes, ! partly, ✗ no, ? unknown. How to run it:
[Connections](connections.md#doctor-what-an-endpoint-supports). This page is written by \`docs/record-doctor.mjs\`;
\`test/e2e/sync-doctor.test.ts\` fails when a server gives other verdicts (clock and throughput aside).`
writeFileSync(join(root, 'docs/doctor.md'), `${[intro, overview, ...details].join('\n\n')}\n`)
