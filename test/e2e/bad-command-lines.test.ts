import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BAD_ARGUMENTS, BAD_CONFIGURATIONS, type BadCommandLine } from '../support/bad-command-lines.js'
import { runCli, Sandbox } from '../support/cli.js'
import { startEmbedded } from '../support/fauxqs.js'
import { Oracle } from '../support/servers.js'

/** The built tool against every bad input there is: the code, one line that says what is wrong and one that says what to do, nothing copied. */
let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let oracle: Oracle

beforeAll(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  oracle = new Oracle(server.url)
  await oracle.createBucket('source')
  await oracle.put('source', 'key', 'content')
  writeFileSync(join(sandbox.cwd, 'file'), 'content')
  symlinkSync('loop', join(sandbox.cwd, 'loop'))
  mkdirSync(join(sandbox.cwd, 'here/below'), { recursive: true })
})

afterAll(async () => {
  sandbox.remove()
  await server.stop()
})

async function expectRefused({ args, code, says, todo = /\S/, env, file }: BadCommandLine): Promise<void> {
  if (file !== undefined) writeFileSync(join(sandbox.temp, 'connections.json'), file)
  const connections = { S3_SYNC_CONNECTION_A: server.url, S3_SYNC_CONNECTION_B: server.url }
  const result = await runCli(sandbox, args, { env: { ...connections, ...env } })
  expect(result.code).toBe(code)
  const lines = result.stderr.trimEnd().split('\n')
  const what = lines.findIndex((line) => line.startsWith('✗') && says.test(line))
  expect({ said: lines.filter((line) => line.startsWith('✗')), what: what >= 0 }).toMatchObject({ what: true })
  expect(lines[what + 1]).toMatch(/^ {2}\S/)
  expect(lines[what + 1]).toMatch(todo)
  expect(result.stdout + result.stderr).not.toMatch(/s3cr3t|should not|\n\s+at /)
}

describe('the table', () => {
  it('has a hundred rows', () => {
    expect(BAD_ARGUMENTS.length + BAD_CONFIGURATIONS.length).toBeGreaterThanOrEqual(100)
  })
})

const rows = [...BAD_ARGUMENTS, ...BAD_CONFIGURATIONS].map(
  (row) => [`${JSON.stringify(row.args)} ${JSON.stringify(row.env ?? row.file ?? '')}`, row] as const,
)

describe('each row is refused', () => {
  it.each(rows)('%s', (_row, expected) => expectRefused(expected))
})

it('nothing of all that was copied', async () => {
  await expect(oracle.keys('target')).rejects.toThrow()
  expect(await oracle.keys('source')).toEqual(['key'])
})

/** Root may look everywhere. */
const asUser = process.getuid?.() === 0 ? it.skip : it
asUser('a directory whose parent may not be entered is bad input', async () => {
  const closed = join(sandbox.cwd, 'closed')
  mkdirSync(closed)
  chmodSync(closed, 0o000)
  try {
    await expectRefused({
      args: ['./closed/sub', 'B:target', '--yes'],
      code: 2,
      says: /this user may not look into a directory above it/,
    })
    await expectRefused({
      args: ['A:source', './closed/sub', '--yes'],
      code: 2,
      says: /this user may not look into a directory above it/,
    })
  } finally {
    chmodSync(closed, 0o700)
  }
})
