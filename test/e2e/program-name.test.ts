import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { runCli, Sandbox } from '../support/cli.js'
import { startEmbedded } from '../support/fauxqs.js'
import { DENIED, FaultProxy } from '../support/fault-proxy.js'
import { Oracle, uniqueBucket } from '../support/servers.js'

/** Given a program that main.sh started: what it tells people to type is what they typed. */

let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let bucket: string

beforeAll(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  proxy = await FaultProxy.start(server.url)
  proxy.rules = [{ fault: DENIED, when: ({ operation, key }) => operation === 'PutObject' && key === 'b' }]
  bucket = await new Oracle(server.url).bucketWith({ a: 'a', b: 'b' })
})
afterAll(async () => {
  sandbox.remove()
  await proxy.stop()
  await server.stop()
})

const run = (...args: string[]) => {
  const connections = { S3_SYNC_CONNECTION_A: server.url, S3_SYNC_CONNECTION_B: proxy.url }
  return runCli(sandbox, args, { env: { ...connections, S3_SYNC_COMMAND: 'opskit run s3-sync' } })
}

it.each<[what: string, args: () => string[], hint: RegExp]>([
  ['a failed run', () => [`A:${bucket}`, `B:${uniqueBucket('to')}`, '--yes'], /opskit run s3-sync runs resume \d/],
  ['runs that are not there', () => ['runs', 'show', 'nothing'], /opskit run s3-sync runs shows them/],
  [
    'an unknown connection',
    () => ['nowhere:a', `B:${uniqueBucket('to')}`, '--yes'],
    /opskit run s3-sync connections add nowhere/,
  ],
  ['an unknown option', () => ['--recursively'], /See opskit run s3-sync --help/],
  ['the help', () => ['--help'], /^ {2}opskit run s3-sync COMMAND \[--help\]$/m],
  ['the help of a command', () => ['runs', '--help'], /opskit run s3-sync runs resume ID/],
])('%s', async (_what, args, hint) => {
  const { stdout, stderr } = await run(...args())
  expect(stdout + stderr).toMatch(hint)
  expect(stdout + stderr).not.toMatch(/(?<!opskit run )s3-sync (runs|connections|--help)/)
})
