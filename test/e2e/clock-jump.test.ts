import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runCli } from '../support/cli.js'
import { givenServer } from '../support/given.js'
import { parseSummary } from '../support/reports.js'
import { EMBEDDED, uniqueBucket } from '../support/servers.js'

/** Given a machine whose clock is set back by an hour during the run: nothing waits for it to come back. */

let given: Awaited<ReturnType<typeof givenServer>>

beforeAll(async () => {
  given = await givenServer(EMBEDDED)
})
afterAll(() => given.stop())

it.each([
  ['a limit of requests', ['--max-rps', '20']],
  ['a limit of bytes', ['--bwlimit', '200K']],
])('with %s the run goes on, and its duration is what passed', async (_what, limit) => {
  const { sandbox, oracle } = given
  const bucket = await oracle.bucketWith(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 'x'.repeat(20_000)])))
  const jump = join(import.meta.dirname, '../support/clock-jump.mjs')
  const env = {
    ...{ S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: oracle.url },
    ...{ NODE_OPTIONS: `--import=${pathToFileURL(jump).href}`, CLOCK_JUMP_AFTER: '1000' },
  }
  const args = [`A:${bucket}`, `B:${uniqueBucket('to')}`, '--yes', '--json', '--no-server-side-copy', ...limit]
  const { code, stdout } = await runCli(sandbox, args, { env })
  const { totals, durationMs } = parseSummary(stdout)
  expect([code, totals.copied]).toEqual([0, 20])
  expect(durationMs).toBeGreaterThan(0)
})
