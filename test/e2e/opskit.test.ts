import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sandbox, startCli, type RunningCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

const CHECKOUT = join(import.meta.dirname, '../..')

/** What OpsKit's runner does: a header of its own on stdout, then `main.sh` in the tool's folder with all arguments passed on. */
const RUNNER = `#!/bin/sh
printf '=== OpsKit: %s %s ===\\n' "$TOOL_NAME" "$TOOL_VERSION"
cd "$OPSKIT_BASE_PATH/tools/storage/s3-sync" && exec ./main.sh "$@"
`

let sandbox: Sandbox
let base: string
let stood: string
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let oracle: Oracle

beforeEach(async () => {
  sandbox = await Sandbox.make()
  base = join(sandbox.root, 'opskit')
  stood = join(sandbox.root, 'stood here')
  const tool = join(base, 'tools/storage/s3-sync')
  for (const directory of [tool, stood]) mkdirSync(directory, { recursive: true })
  for (const file of ['main.sh', 'package.json', 'dist']) cpSync(join(CHECKOUT, file), join(tool, file), { recursive: true })
  writeFileSync(join(base, 'runner'), RUNNER, { mode: 0o755 })
  server = await startEmbedded()
  proxy = await FaultProxy.start(server.url)
  oracle = new Oracle(server.url)
})

afterEach(async () => {
  sandbox.remove()
  await proxy.stop()
  await server.stop()
})

const run = (...args: string[]): RunningCli =>
  startCli(sandbox, args, {
    command: [join(base, 'runner')],
    cwd: stood,
    env: {
      OPSKIT_BASE_PATH: base,
      OPSKIT_WORKING_DIR: stood,
      OPSKIT_TOOL_TEMP_DIR: join(base, 'cache/s3-sync'),
      TOOL_NAME: 's3-sync',
      TOOL_VERSION: '9.8.7',
      S3_SYNC_CONNECTION_A: proxy.url,
      S3_SYNC_CONNECTION_B: server.url,
    },
  })

describe('given a checkout at tools/storage/s3-sync of an OpsKit tree', () => {
  it('copies, and writes the summary where the user stood', async () => {
    const source = await oracle.bucketWith({ 'a key': 'a', b: 'b' })
    const target = uniqueBucket('target')
    const { code, stdout } = await run(`A:${source}`, `B:${target}`, '--yes', '--json-file', 'out.json').finished
    expect(code).toBe(0)
    expect(stdout).toMatch(/^=== OpsKit: s3-sync 9\.8\.7 ===\n/)
    expect(parseSummary(readFileSync(join(stood, 'out.json'), 'utf8')).totals).toMatchObject({ listed: 2, copied: 2 })
    expect(await oracle.readAll(target)).toEqual({ 'a key': 'a', b: 'b' })
  })

  it('prints one JSON object behind the header with --json', async () => {
    const source = await oracle.bucketWith({ a: 'a' })
    const { code, stdout } = await run(`A:${source}`, `B:${uniqueBucket('target')}`, '--yes', '--json').finished
    expect(code).toBe(0)
    expect(parseSummary(stdout.slice(stdout.indexOf('\n') + 1)).totals.copied).toBe(1)
  })

  it('names the command of OpsKit in its hints', async () => {
    const { code, stderr } = await run('nowhere:a', `B:${uniqueBucket('target')}`, '--yes').finished
    expect(code).toBe(2)
    expect(stderr).toContain('opskit run s3-sync connections add nowhere')
  })

  it('leaves nothing behind in its own folder nor where the user stood', async () => {
    const source = await oracle.bucketWith({ a: 'a' })
    await run(`A:${source}`, `B:${uniqueBucket('target')}`, '--yes').finished
    expect(readdirSync(join(base, 'tools/storage/s3-sync')).sort()).toEqual(['dist', 'main.sh', 'package.json'])
    expect(readdirSync(stood)).toEqual([])
  })

  it('killed 0.25 s after Ctrl+C, as the runner does, it has ended by then or leaves nothing half done', async () => {
    const source = await oracle.bucketWith(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`o${i}`, `content ${i}`])))
    const target = uniqueBucket('target')
    proxy.rules = [{ fault: { kind: 'delay', ms: 50 }, when: ({ operation }) => operation === 'GetObject' }]
    const args = [`A:${source}`, `B:${target}`, '--yes', '-w', '2']
    const first = run(...args)
    await until('objects are being copied', () => (proxy.counts.get('GetObject') ?? 0) > 10)
    first.kill('SIGINT')
    await sleep(250)
    first.kill('SIGKILL')
    await first.finished

    proxy.rules = []
    expect(await run(...args).finished).toMatchObject({ code: 0 })
    expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))
  })
})
