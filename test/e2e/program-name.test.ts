import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { runCli } from '../support/cli.js'
import { DENIED } from '../support/fault-proxy.js'
import { givenProxies } from '../support/given.js'
import { uniqueBucket } from '../support/servers.js'

/** Given a program that main.sh started: what it tells people to type is what they typed. */

let given: Awaited<ReturnType<typeof givenProxies>>
let bucket: string

beforeAll(async () => {
  given = await givenProxies()
  given.proxies.target.rules = [{ fault: DENIED, when: ({ operation, key }) => operation === 'PutObject' && key === 'b' }]
  bucket = await given.source.bucketWith({ a: 'a', b: 'b' })
})
afterAll(() => given.stop())

const run = (...args: string[]) => {
  const { source, target } = given.proxies
  const connections = { S3_SYNC_CONNECTION_A: source.url, S3_SYNC_CONNECTION_B: target.url }
  return runCli(given.sandbox, args, { env: { ...connections, S3_SYNC_COMMAND: 'opskit run s3-sync' } })
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
