import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { readJournal } from '../../../src/io/journal/journal-reader.js'
import { type JsonLine, upcast } from '../../../src/io/journal/upcasting.js'
import { EventSchema } from '../../../src/pipeline/events/events.js'
import { pair } from '../../pipeline/harness.js'

const [MEDIA, OTHER] = [pair('media'), pair('other', 'elsewhere')]
const failure = { kind: 'transient', operation: 'ListObjectsV2', code: 'ConnectionReset', message: 'no answer', side: 'source' }
const retried = { at: 3, attempt: 1, waitMs: 2_000, failure }
const tally = { objects: 1, bytes: 10 }
const page = { type: 'page-decided', at: 3, upTo: 'b', listed: tally, skipped: {}, toCopy: tally }

describe('a line of a journal is upcast to an event of this schema', () => {
  const rows: readonly [what: string, line: JsonLine, event: object][] = [
    ['a pair by its place', { type: 'pair-completed', at: 3, pair: 1 }, { type: 'pair-completed', at: 3, pair: OTHER }],
    [
      'a shard with its pair by its place',
      { type: 'shard-split', at: 3, shard: { pair: 0, upTo: 'm' }, other: { pair: 0, after: 'm' } },
      { type: 'shard-split', at: 3, shard: { pair: MEDIA, upTo: 'm' }, other: { pair: MEDIA, after: 'm' } },
    ],
    [
      'schema 1: a pair written out',
      { type: 'pair-completed', at: 3, pair: OTHER },
      { type: 'pair-completed', at: 3, pair: OTHER },
    ],
    [
      'schema 1: a page that names no keys',
      { ...page, shard: { pair: MEDIA, upTo: 'm' } },
      { ...page, shard: { pair: MEDIA, upTo: 'm' }, keys: [] },
    ],
    [
      'schema 2: a listing that is repeated',
      { type: 'listing-retried', ...retried, shard: { pair: 1, after: 'b' } },
      { type: 'attempt-failed', ...retried, pair: OTHER },
    ],
    [
      'schema 2: deletes that are repeated',
      { type: 'deletes-retried', ...retried, pair: 1 },
      { type: 'attempt-failed', ...retried, pair: OTHER },
    ],
  ]
  it.each(rows)('%s', (_what, line, event) => {
    expect(v.parse(EventSchema, upcast(line, [MEDIA, OTHER]))).toEqual(event)
  })

  it('unless it names a pair that the run lacks', () => {
    const line = upcast({ type: 'pair-completed', at: 3, pair: 2 }, [MEDIA, OTHER])
    expect(v.safeParse(EventSchema, line).success).toBe(false)
  })
})

describe('a journal of schema 2', () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 's3-sync-upcasting-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const started = {
    ...{
      type: 'run-started',
      schema: 2,
      at: 1,
      run: 'RUN',
      source: 'a:',
      target: 'b:',
      pairs: [MEDIA],
      dryRun: false,
      workers: 3,
    },
  }
  const header = {
    ...{
      type: 'journal',
      schema: 2,
      tool: 's3-sync',
      version: '1.0.0',
      run: 'RUN',
      arguments: ['a:', 'b:'],
      directory: '/home/me',
    },
    endpoints: { source: 'http://a', target: 'http://b' },
  }
  const totals = {
    ...{ listed: 3, copied: 1, skipped: 0, filtered: 0, failed: 0, deleted: 0, deletesPlanned: 0, retries: 1, recovered: 0 },
    ...{ bytesListed: 30, bytesCopied: 10, bytesSkipped: 0, reasons: { new: 1 } },
  }
  const snapshot = {
    type: 'snapshot',
    state: {
      started,
      pairs: [
        {
          ...{ pair: MEDIA, created: true, totals, status: 'running', unordered: false, there: 0, deletesFailed: 0 },
          toMeetAgain: { objects: 0, bytes: 0 },
        },
      ],
      failures: [],
    },
    left: {
      pairs: [
        {
          pair: MEDIA,
          shards: [{ pair: MEDIA, after: 'c' }],
          unsettled: ['b', 'c'],
          failures: { told: 0, gone: 0 },
          unordered: false,
        },
      ],
      uploads: [],
    },
  }
  const copied = (key: string): object => ({
    ...{ type: 'object-copied', at: 4, pair: 0, key, size: 10, targetKey: key, reason: 'new', etag: 'e', attempts: 1 },
  })

  it('with a snapshot in its only file, as versions without segments wrote it, can be resumed', async () => {
    const journal = join(directory, 'RUN', 'events.ndjson')
    mkdirSync(dirname(journal))
    const listing = { type: 'listing-retried', ...retried, shard: { pair: 0, after: 'c' } }
    const lines = [header, started, snapshot, listing, copied('b')]
    writeFileSync(journal, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const { state, left, unknownEvents } = await readJournal(journal)
    expect(unknownEvents.size).toBe(0)
    expect(state.pairs[0]?.totals).toMatchObject({ listed: 3, copied: 2, retries: 2 })
    expect(left.pairs[0]).toMatchObject({ shards: [{ after: 'c' }], unsettled: ['c'] })
  })
})
