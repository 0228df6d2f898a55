import { expect, it } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readJournal } from '../../src/io/journal/journal-reader.js'
import { Sandbox, runCli, startCli } from '../support/cli.js'
import { parseSummary } from '../support/reports.js'
import { SyntheticS3 } from '../support/synthetic-s3.js'
import { until } from '../support/until.js'

const OBJECTS = 200_000
const SETTLED = 150_000
const PAGE = 1_000

it(`a resumed run of ${OBJECTS} objects, ${SETTLED} of them settled, lists no page below its watermarks`, async () => {
  const sandbox = await Sandbox.make()
  const [source, target] = [await SyntheticS3.start(), await SyntheticS3.start()]
  // Copies that are younger than their sources need no look at their metadata.
  target.writtenAt = new Date(source.writtenAt.getTime() + 60_000)
  try {
    const env = { S3_SYNC_CONNECTION_A: source.url, S3_SYNC_CONNECTION_B: target.url }
    const keys = Array.from({ length: OBJECTS }, (_, i) => `k${String(i).padStart(8, '0')}`)
    source.fill(
      'b',
      keys.map((key) => [key, 10]),
    )
    target.fill(
      'b',
      keys.filter((_, i) => i % 4 > 0).map((key) => [key, 10]),
    )
    const running = startCli(sandbox, ['A:b', 'B:b', '--yes', '--quiet', '-w', '16'], { env, timeoutMs: 270_000 })
    // One of four is missing.
    await until('copies', () => (target.counts.get('PutObject') ?? 0) >= SETTLED / 4, 270_000)
    running.kill('SIGKILL')
    await running.finished

    const [run = ''] = readdirSync(join(sandbox.temp, 'runs'))
    const { left, state } = await readJournal(join(sandbox.temp, 'runs', run, 'events.ndjson'))
    const shards = left.pairs.flatMap((pair) => pair.shards)
    const above = keys.filter((key) => shards.some(({ after = '', upTo = '~' }) => key > after && key <= upTo)).length
    process.stderr.write(
      `killed with ${state.pairs[0]?.totals.listed ?? 0} listed, ${shards.length} shards left with ${above} keys\n`,
    )
    expect(above).toBeLessThan(OBJECTS - SETTLED + PAGE)

    source.counts.clear()
    target.counts.clear()
    const resumed = await runCli(sandbox, ['runs', 'resume', run, '--json', '--quiet'], { env, timeoutMs: 240_000 })
    expect(resumed.code).toBe(0)
    expect(parseSummary(resumed.stdout).totals).toMatchObject({ listed: OBJECTS, failed: 0 })
    expect(target.buckets.get('b')?.size).toBe(OBJECTS)
    const pages = (source.counts.get('ListObjectsV2') ?? 0) + (target.counts.get('ListObjectsV2') ?? 0)
    const cuts = source.counts.get('one key') ?? 0
    process.stderr.write(`${pages} pages listed by the resume, and ${cuts} keys looked up to cut shards\n`)
    // Each shard, and each that is cut off it, ends with a page of its own on both sides. What was in hand is looked up in pages, too.
    const more = shards.length + cuts + Math.ceil(spanOf(left.pairs.flatMap((pair) => pair.unsettled)) / PAGE)
    expect(source.counts.get('ListObjectsV2')).toBeLessThanOrEqual(Math.ceil(above / PAGE) + more)
    expect(target.counts.get('ListObjectsV2')).toBeLessThanOrEqual(Math.ceil(above / PAGE) + more)
  } finally {
    sandbox.remove()
    await source.stop()
    await target.stop()
  }
})

/** The number of keys from the first to the last of these. */
function spanOf(keys: readonly string[]): number {
  const numbers = keys.map((key) => Number(key.slice(1)))
  return keys.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1
}
