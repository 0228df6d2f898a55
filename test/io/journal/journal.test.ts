import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Header } from '../../../src/io/journal/header.js'
import { DamagedJournal, failuresIn, lossesIn, readJournal } from '../../../src/io/journal/journal-reader.js'
import { beginJournal, continueJournal } from '../../../src/io/journal/journal-writer.js'
import type { Failure } from '../../../src/pipeline/ports/failure.js'
import type { EventOf, SyncEvent } from '../../../src/pipeline/events/events.js'
import { COPY_REASONS, type CopyReason, SKIP_REASONS } from '../../../src/pipeline/events/reasons.js'
import { oneObject, type Shard } from '../../../src/pipeline/ports/bucket-pair.js'
import { Fold } from '../../../src/pipeline/state/snapshot.js'
import { PROPERTIES } from '../../../src/pipeline/ports/object-metadata.js'
import { pair } from '../../pipeline/harness.js'
import { until } from '../../support/until.js'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 's3-sync-journal-'))
  path = join(directory, 'run', 'events.ndjson')
})
// A segment may still be compressed in the background.
afterEach(() => rm(directory, { recursive: true, force: true, maxRetries: 10 }))

const ONE = { source: oneObject('media', 'dir/x'), target: oneObject('copy', 'y') }
const PAIRS = [pair('media'), pair('other', 'elsewhere'), ONE]
const [MEDIA, OTHER] = [pair('media'), pair('other', 'elsewhere')]
const HEADER: Header = {
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
const denied: Failure = {
  kind: 'permanent',
  operation: 'GetObject',
  code: 'AccessDenied',
  status: 403,
  message: 'no',
  side: 'source',
}
const STARTED: SyncEvent = {
  ...{ type: 'run-started', schema: 2, at: 1, run: 'RUN', source: 'a:', target: 'b:', pairs: PAIRS, dryRun: false, workers: 3 },
}
const odd = 'a\n"b"\u2028\u0007🚀'
const tally = (objects: number) => ({ objects, bytes: objects * 10 })
const page = (of: typeof MEDIA, keys: readonly string[]): EventOf<'page-decided'> => pageOf({ pair: of }, keys)
const pageOf = (shard: Shard, keys: readonly string[], upTo = keys.at(-1) ?? ''): EventOf<'page-decided'> => ({
  ...{
    type: 'page-decided',
    at: 2,
    shard,
    upTo,
    listed: tally(keys.length),
    skipped: {},
    toCopy: tally(keys.length),
  },
  keys,
})
const copied = (of: typeof MEDIA, key: string, reason: CopyReason = 'new'): SyncEvent => ({
  ...{ type: 'object-copied', at: 3, pair: of, key, size: 10, targetKey: key, reason, etag: 'e', attempts: 1 },
})
const failed = (of: typeof MEDIA, key: string): SyncEvent => ({
  ...{ type: 'object-failed', at: 3, pair: of, key, size: 10, attempts: 1, failure: denied },
})

const lost = (of: typeof MEDIA, key: string): SyncEvent => ({
  ...{ type: 'properties-lost', at: 3, pair: of, key },
  losses: PROPERTIES.map((property) => ({ property, why: 'refused: no' })),
})
const versionCopied = (key: string, id: string): SyncEvent => ({
  ...{ type: 'version-copied', at: 3, pair: MEDIA, key, size: 10, targetKey: key, sourceVersion: id, targetVersion: `${id}'` },
  ...{ etag: 'e', marker: false, attempts: 1 },
})

/** One event of each kind, with all of its possible fields. */
const EVERY: readonly SyncEvent[] = [
  STARTED,
  { type: 'bucket-created', at: 2, pair: OTHER },
  {
    ...{ type: 'page-decided', at: 2, shard: { pair: MEDIA }, upTo: odd, unordered: true, listed: tally(3), toCopy: tally(2) },
    ...{ skipped: { 'no-name': tally(1) }, filtered: tally(1), there: tally(2), extra: tally(1), keys: ['a', odd] },
  },
  page(OTHER, ['x', 'y', 'z']),
  copied(MEDIA, 'a'),
  { type: 'object-skipped', at: 3, pair: MEDIA, key: odd, size: 10, reason: 'unchanged' },
  {
    type: 'attempt-failed',
    at: 3,
    pair: OTHER,
    key: 'x',
    size: 10,
    attempt: 1,
    waitMs: 2_000,
    failure: { ...denied, kind: 'transient' },
  },
  failed(OTHER, 'x'),
  lost(MEDIA, odd),
  { type: 'upload-started', at: 3, pair: OTHER, key: 'y', size: 10, targetKey: 'y', uploadId: 'U1', etag: 'e', partSize: 5 },
  { type: 'upload-started', at: 3, pair: OTHER, key: 'z', size: 10, targetKey: 'z', uploadId: 'U2', etag: 'e', partSize: 5 },
  { type: 'part-uploaded', at: 3, pair: OTHER, uploadId: 'U1', number: 2, etag: 'p' },
  { type: 'upload-ended', at: 3, pair: OTHER, uploadId: 'U2' },
  { type: 'shard-split', at: 3, shard: { pair: MEDIA, upTo: 'm' }, other: { pair: MEDIA, after: 'm' } },
  { type: 'shard-listed', at: 3, shard: { pair: MEDIA, upTo: 'm' } },
  { type: 'shard-failed', at: 3, shard: { pair: MEDIA, after: 'm' }, failure: denied },
  { type: 'shard-restarted', at: 3, shard: { pair: OTHER }, side: 'target' },
  { type: 'pair-completed', at: 3, pair: OTHER },
  { type: 'object-deleted', at: 3, pair: OTHER, key: 'k' },
  { type: 'delete-withdrawn', at: 3, pair: OTHER, key: 'k' },
  { type: 'delete-failed', at: 3, pair: OTHER, key: 'k', failure: denied },
  { type: 'attempt-failed', at: 3, pair: OTHER, attempt: 1, waitMs: 1, failure: denied },
  { type: 'deletes-withheld', at: 3, cause: 'too-many', pair: OTHER, objects: 4 },
  { type: 'verification-started', at: 3, pair: OTHER },
  {
    type: 'page-verified',
    at: 3,
    shard: { pair: OTHER },
    upTo: 'k',
    listed: tally(3),
    proofs: { etag: tally(1), bytes: tally(1) },
  },
  { type: 'object-proven', at: 3, pair: OTHER, key: 'k', size: 10, proof: 'recomputed' },
  { type: 'object-different', at: 3, pair: OTHER, key: odd, size: 10, difference: 'checksum' },
  { type: 'verification-failed', at: 3, pair: OTHER, key: 'k', size: 10, attempts: 1, failure: denied },
  { type: 'pair-verified', at: 3, pair: OTHER },
  { type: 'pace-changed', at: 3, workers: 4, perSecond: 10, cause: 'refused' },
  { type: 'globs-unmatched', at: 3, globs: [{ include: true, glob: odd }] },
  { type: 'etag-trust-changed', at: 3, pair: OTHER, etags: 'some', isTested: true, hasHidden: true },
  { type: 'feature-support-learned', at: 3, bucket: 'media', feature: odd, support: { is: 'refused', why: odd } },
  { type: 'feature-support-learned', at: 3, bucket: 'media', feature: 'tags', support: { is: 'held' } },
  { type: 'clock-difference-learned', at: 3, aheadMs: -9_000, withinMs: 500 },
  { type: 'server-side-copy-refused', at: 3, of: 'copies', code: 'AccessDenied' },
  copied(ONE, 'dir/x'),
  { type: 'notice-given', at: 3, code: 'C', message: 'm' },
  { type: 'run-stopped', at: 4, cause: 'fatal', failure: denied },
  { type: 'run-finished', at: 4 },
  { type: 'run-resumed', at: 5, workers: 2 },
  { type: 'failures-retaken', at: 5, pair: OTHER, keys: [odd] },
  { ...page(MEDIA, ['h', odd]), versions: [3, 1] },
  versionCopied('h', 'v1'),
  {
    type: 'version-copied',
    at: 6,
    pair: MEDIA,
    key: 'h',
    size: 0,
    targetKey: 'h',
    sourceVersion: 'v2',
    etag: '',
    marker: true,
    attempts: 2,
  },
  { type: 'history-read', at: 6, pair: MEDIA, key: 'h', listed: tally(1), skipped: { unchanged: tally(1) }, versions: 5 },
  { type: 'history-settled', at: 6, pair: MEDIA, key: odd, skipped: { archived: tally(1) } },
  { type: 'object-failed', at: 6, pair: OTHER, key: 'y', size: 10, attempts: 1, failure: denied, versions: 2 },
  { type: 'failures-retaken', at: 6, pair: OTHER, keys: ['y'], versions: [2] },
]

const folded = (events: readonly SyncEvent[]) => {
  const fold = new Fold(undefined)
  for (const event of events) fold.take(event)
  return fold.snapshot
}

async function failures(): Promise<string[]> {
  const keys: string[] = []
  for await (const { pair: of, key } of failuresIn(path, await readJournal(path))) keys.push(`${of.source.bucket}/${key}`)
  return keys
}

async function losses(): Promise<string[]> {
  const keys: string[] = []
  for await (const { pair: of, key } of lossesIn(path)) keys.push(`${of.source.bucket}/${key}`)
  return keys
}

describe('a journal', () => {
  it('gives the same state when it is read again, whatever happened', async () => {
    const journal = beginJournal(path, HEADER, PAIRS)
    for (const event of EVERY) journal.append(event)
    const { header, started, unknownEvents, isLater, ...snapshot } = await readJournal(path)
    expect(header).toEqual(HEADER)
    expect(started).toEqual(STARTED)
    expect([isLater, unknownEvents.size]).toEqual([false, 0])
    expect(snapshot).toEqual(folded(EVERY))
    journal.close()
  })

  it('has an event when `append` returns: a later crash of the process does not change that', () => {
    const journal = beginJournal(path, HEADER, PAIRS)
    journal.append(STARTED)
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3)
    journal.close()
  })

  it('is readable only by its owner', () => {
    beginJournal(path, HEADER, PAIRS).close()
    expect([statSync(join(path, '..')).mode & 0o777, statSync(path).mode & 0o777]).toEqual([0o700, 0o600])
  })

  it('ignores a truncated last line, and continues after the line before it', async () => {
    const journal = beginJournal(path, HEADER, PAIRS)
    for (const event of [STARTED, page(MEDIA, ['a', 'b'])]) journal.append(event)
    journal.close()
    appendFileSync(path, '{"type":"object-copied","at":3,"pa')
    expect((await readJournal(path)).left.pairs[0]?.unsettled).toEqual(['a', 'b'])
    const again = continueJournal(path, HEADER, PAIRS)
    again.append(copied(MEDIA, 'a'))
    again.close()
    expect((await readJournal(path)).left.pairs[0]?.unsettled).toEqual(['b'])
  })

  it.each([
    ['what is no JSON', 'nonsense\n'],
    ['an event that lacks something', '{"type":"object-copied","at":3,"pair":0}\n'],
    ['an event of a pair that there is not', '{"type":"pair-completed","at":3,"pair":7}\n'],
  ])('refuses %s, and names the line', async (_what, text) => {
    const journal = beginJournal(path, HEADER, PAIRS)
    journal.append(STARTED)
    journal.close()
    appendFileSync(path, text)
    await expect(readJournal(path)).rejects.toThrow(DamagedJournal)
    await expect(readJournal(path)).rejects.toThrow(/line 3/)
  })

  it('reads a later schema as far as it is known: events with another meaning are skipped and counted', async () => {
    const journal = beginJournal(path, { ...HEADER, schema: 99 }, PAIRS)
    for (const event of [STARTED, page(MEDIA, ['a'])]) journal.append(event)
    journal.close()
    const other = { ...copied(MEDIA, 'a'), pair: 0, size: 'small' }
    const stray = { type: 'pair-completed', at: 3, pair: 7 }
    appendFileSync(path, [{ type: 'moon-landed', at: 4 }, other, stray].map((one) => `${JSON.stringify(one)}\n`).join(''))
    const told = await readJournal(path)
    expect([told.isLater, ...told.unknownEvents]).toEqual([true, ['moon-landed', 1], ['object-copied', 1], ['pair-completed', 1]])
    expect(told.state).toEqual(folded([STARTED, page(MEDIA, ['a'])]).state)
  })

  it('skips unknown events and fields of a later version, and counts the events by type', async () => {
    const journal = beginJournal(path, HEADER, PAIRS)
    for (const event of [STARTED, page(MEDIA, ['a'])]) journal.append(event)
    journal.close()
    const later = { ...copied(MEDIA, 'a'), pair: 0, colour: 'blue' }
    appendFileSync(
      path,
      [{ type: 'moon-landed', at: 4 }, later, { type: 'moon-landed', at: 5 }].map((one) => `${JSON.stringify(one)}\n`).join(''),
    )
    const told = await readJournal(path)
    expect([...told.unknownEvents]).toEqual([['moon-landed', 2]])
    expect(told.state).toEqual(folded([STARTED, page(MEDIA, ['a']), copied(MEDIA, 'a')]).state)
  })

  it('that can not be written is a fatal failure of the run', () => {
    writeFileSync(join(directory, 'run'), 'a file where the directory should be')
    const begin = () => beginJournal(path, HEADER, PAIRS)
    expect(begin).toThrow(expect.objectContaining({ failure: expect.objectContaining({ kind: 'fatal', operation: 'Journal' }) }))
  })
})

describe('the next segment', () => {
  const long = 500

  it('preserves the totals, with the names of the failures that count', async () => {
    const journal = beginJournal(path, HEADER, PAIRS, long)
    const events: SyncEvent[] = [
      STARTED,
      page(MEDIA, ['a', 'b', 'c']),
      failed(MEDIA, 'a'),
      failed(MEDIA, 'b'),
      { type: 'failures-retaken', at: 4, pair: MEDIA, keys: ['a'] },
      failed(MEDIA, odd),
    ]
    for (const event of events) journal.append(event)
    expect(journal.isLong).toBe(true)
    journal.beginSegment(folded(events))
    expect(journal.isLong).toBe(false)
    const told = await readJournal(path)
    expect(told.state).toEqual(folded(events).state)
    expect(told.left.pairs[0]).toMatchObject({ unsettled: ['c', 'a'], failures: { told: 3, gone: 1 } })
    expect(await failures()).toEqual(['media/b', `media/${odd}`])
    journal.append(copied(MEDIA, 'c'))
    expect((await readJournal(path)).left.pairs[0]?.unsettled).toEqual(['a'])
    journal.close()
  })

  it('preserves the names of all objects that lost something, including those that the summary omits', async () => {
    const journal = beginJournal(path, HEADER, PAIRS, long)
    const keys = Array.from({ length: 150 }, (_, i) => `k${i}`)
    const events = [STARTED, page(MEDIA, keys), ...keys.flatMap((key) => [lost(MEDIA, key), copied(MEDIA, key)])]
    for (const event of events) journal.append(event)
    journal.beginSegment(folded(events))
    journal.append(lost(OTHER, odd))
    journal.close()
    expect(await losses()).toEqual([...keys.map((key) => `media/${key}`), `other/${odd}`])
    const { lost: told } = (await readJournal(path)).state
    expect([told?.objects.tags, told?.named.length, told?.omitted]).toEqual([151, 100, 51])
  })

  it('preserves the reasons for copying and skipping objects, for every reason', async () => {
    const journal = beginJournal(path, HEADER, PAIRS, long)
    const keys = [...COPY_REASONS, ...SKIP_REASONS]
    const events: SyncEvent[] = [
      ...[STARTED, page(MEDIA, keys)],
      ...COPY_REASONS.map((reason) => copied(MEDIA, reason, reason)),
      ...SKIP_REASONS.map((reason): SyncEvent => ({ type: 'object-skipped', at: 3, pair: MEDIA, key: reason, size: 10, reason })),
    ]
    for (const event of events) journal.append(event)
    journal.beginSegment(folded(events))
    journal.close()
    const { reasons } = (await readJournal(path)).state.pairs[0]?.totals ?? {}
    expect(reasons).toEqual(Object.fromEntries(keys.map((reason) => [reason, 1])))
  })

  it('refuses a damaged compressed segment', async () => {
    const journal = beginJournal(path, HEADER, PAIRS, long)
    journal.append(STARTED)
    journal.beginSegment(folded([STARTED]))
    journal.close()
    await until('the first segment is compressed', () => existsSync(`${path}.gz`) && !existsSync(path))
    truncateSync(`${path}.gz`, 20)
    await expect(failures()).rejects.toThrow(DamagedJournal)
  })

  it('preserves which version became which, and how many of each history remain', async () => {
    const journal = beginJournal(path, HEADER, PAIRS, long)
    const events: SyncEvent[] = [
      STARTED,
      { ...page(MEDIA, ['a', 'b', 'c']), versions: [3, 1, 2] },
      versionCopied('a', 'v1'),
      versionCopied('c', 'v7'),
      versionCopied('c', 'v8'),
    ]
    for (const event of events) journal.append(event)
    journal.beginSegment(folded(events))
    expect((await readJournal(path)).left.pairs[0]).toMatchObject({
      unsettled: ['a', 'b', 'c'],
      histories: [
        ['a', 2],
        ['c', 0],
      ],
    })
    expect(readFileSync(path, 'utf8').match(/"sourceVersion":"v\d","targetVersion":"v\d'"/g)).toHaveLength(3)
    journal.append({ type: 'history-settled', at: 4, pair: MEDIA, key: 'c', skipped: {} })
    expect((await readJournal(path)).left.pairs[0]?.unsettled).toEqual(['a', 'b'])
    journal.close()
  })

  it('leaves earlier segments unchanged; they are compressed, and can be read at any time', async () => {
    const journal = beginJournal(path, HEADER, PAIRS, long)
    const events = [STARTED, page(OTHER, ['x', 'y']), failed(OTHER, 'x')]
    for (const event of events) journal.append(event)
    const first = readFileSync(path, 'utf8')
    journal.beginSegment(folded(events))
    journal.append(failed(OTHER, 'y'))
    expect(await failures()).toEqual(['other/x', 'other/y'])
    await until('the first segment is compressed', () => existsSync(`${path}.gz`) && !existsSync(path))
    expect(gunzipSync(readFileSync(`${path}.gz`)).toString()).toBe(first)
    expect(await failures()).toEqual(['other/x', 'other/y'])
    journal.close()
    expect(readdirSync(dirname(path)).sort()).toEqual(['events-2.ndjson', 'events.ndjson.gz'])
    // A crash may leave both forms: they have the same content.
    writeFileSync(path, first)
    expect(await failures()).toEqual(['other/x', 'other/y'])
    const again = continueJournal(path, HEADER, PAIRS)
    again.append(copied(OTHER, 'y'))
    again.close()
    expect((await readJournal(path)).state).toEqual(folded([...events, failed(OTHER, 'y'), copied(OTHER, 'y')]).state)
  })

  it('at any moment does not change the totals', async () => {
    const keys = ['a', 'b', 'c', 'd', odd]
    const event = fc.oneof(
      fc.constantFrom(...keys).map((key) => page(MEDIA, [key])),
      fc.constantFrom(...keys).map((key) => copied(MEDIA, key)),
      fc.constantFrom(...keys).map((key) => failed(OTHER, key)),
      fc.constant<SyncEvent>({ type: 'shard-restarted', at: 3, shard: { pair: OTHER }, side: 'source' }),
      fc.constantFrom<SyncEvent>(
        { type: 'shard-split', at: 3, shard: { pair: MEDIA, upTo: 'k' }, other: { pair: MEDIA, after: 'k' } },
        { type: 'shard-listed', at: 3, shard: { pair: MEDIA, upTo: 'k' } },
        { type: 'shard-listed', at: 3, shard: { pair: MEDIA, after: 'k' } },
        pageOf({ pair: MEDIA, after: 'k' }, ['m']),
        { type: 'run-resumed', at: 3, workers: 1 },
      ),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(event, fc.boolean()), { maxLength: 30 }), async (steps) => {
        path = join(mkdtempSync(join(directory, 'run-')), 'events.ndjson')
        const journal = beginJournal(path, HEADER, PAIRS)
        const fold = new Fold(undefined)
        for (const [next, isFolded] of [[STARTED, false] as const, ...steps]) {
          fold.take(next)
          journal.append(next)
          if (!isFolded) continue
          journal.beginSegment(fold.snapshot)
        }
        journal.close()
        const events = [STARTED, ...steps.map(([next]) => next)]
        const { state, left } = await readJournal(path)
        expect(state).toEqual(folded(events).state)
        const count = ({ failures: { told, gone } }: (typeof left.pairs)[number]) => told - gone
        expect(left.pairs.map(({ unsettled }) => unsettled)).toEqual(folded(events).left.pairs.map(({ unsettled }) => unsettled))
        expect(left.pairs.map(count)).toEqual(folded(events).left.pairs.map(count))
        expect(left.pairs.map(({ shards }) => shards)).toEqual(folded(events).left.pairs.map(({ shards }) => shards))
        const last = events.findLastIndex(({ type }) => type === 'shard-restarted')
        const expected = events.slice(last + 1).flatMap((one) => (one.type === 'object-failed' ? [`other/${one.key}`] : []))
        expect(await failures()).toEqual(expected)
      }),
      { numRuns: 100 },
    )
  })
})
