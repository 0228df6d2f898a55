import { describe, expect, it } from '@jest/globals'
import { evolve, initialState } from '../../src/pipeline/state/run-state.js'
import { NO_TOTALS } from '../../src/pipeline/state/totals.js'
import { wholePair, type BucketPair } from '../../src/pipeline/ports/bucket-pair.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { ndjsonReporter } from '../../src/reporters/ndjson-reporter.js'
import { jsonNotStarted, jsonSummary } from '../../src/reporters/json-summary.js'
import { lineWriter } from '../../src/reporters/screen.js'
import {
  completed,
  copied,
  DENIED,
  failed,
  finished,
  MEDIA,
  page,
  play,
  REFUSED,
  Sink,
  START,
  started,
  summaryOf,
} from './run.js'

const ABOUT = { tool: 's3-sync', version: '1.2.3' } as const

describe('the JSON summary', () => {
  it('is the object of cli.md', () => {
    const created: SyncEvent = { type: 'bucket-created', at: START, pair: MEDIA }
    const summary = summaryOf([
      started(),
      created,
      page(4, 1),
      copied('a'),
      copied('b', 2),
      failed('c\n', DENIED, 1),
      completed(),
      finished(2),
    ])
    const totals = {
      ...NO_TOTALS,
      listed: 4,
      copied: 2,
      skipped: 1,
      failed: 1,
      recovered: 1,
      bytesListed: 4096,
      bytesCopied: 2048,
      bytesSkipped: 1024,
      reasons: { new: 2, unchanged: 1 },
    }
    expect(jsonSummary({ ...summary, journal: 'runs/RUN/journal' }, ABOUT)).toStrictEqual({
      schema: 1,
      tool: 's3-sync',
      version: '1.2.3',
      run: 'RUN',
      status: 'partial',
      source: 'a:media',
      target: 'b:media',
      startedAt: '2026-11-23T21:30:00.000Z',
      finishedAt: '2026-11-23T21:30:02.000Z',
      durationMs: 2000,
      totals,
      buckets: [{ source: 'media', target: 'media', created: true, totals }],
      failures: [
        {
          bucket: 'media',
          key: 'c\n',
          operation: 'GetObject',
          code: 'AccessDenied',
          status: 403,
          message: 'Access Denied',
          attempts: 1,
        },
      ],
      failuresOmitted: 0,
      journal: 'runs/RUN/journal',
    })
  })

  it('names prefixes as a location does', () => {
    const pair: BucketPair = {
      source: { bucket: 'b', prefix: 'x', self: true },
      target: { bucket: 'c', prefix: 'y/z', self: false },
    }
    expect(jsonSummary(summaryOf([started([pair]), finished(1)]), ABOUT).buckets).toEqual([
      { source: 'b/x', target: 'c/y/z/', created: false, totals: NO_TOTALS },
    ])
  })

  it('leaves out the status of a failure without an answer', () => {
    const [failure] = jsonSummary(summaryOf([started(), page(1), failed('a', REFUSED)]), ABOUT).failures
    expect(failure).toStrictEqual({
      bucket: 'media',
      key: 'a',
      operation: 'ListObjectsV2',
      code: 'ConnectionRefused',
      message: 'connect ECONNREFUSED',
      attempts: 1,
    })
  })

  it('of a run that could not continue has the reason and the advice', () => {
    const summary = summaryOf([
      started(),
      { type: 'shard-failed', at: START, shard: wholePair(MEDIA), failure: REFUSED },
      finished(1),
    ])
    const endpoints = { source: { connection: 'a' }, target: { connection: 'b' } }
    expect(jsonSummary(summary, { ...ABOUT, endpoints })).toMatchObject({
      status: 'failed',
      error: {
        code: 'ConnectionRefused',
        message: 'connect ECONNREFUSED',
        hint: 'Check that the server is running, and host and port in the connection "a".',
      },
    })
  })

  it('keeps the first hundred failures and counts the rest', () => {
    const events = Array.from({ length: 103 }, (_, index) => failed(`k${index}`))
    const { failures, failuresOmitted } = jsonSummary(summaryOf([started(), page(103), ...events]), ABOUT)
    expect([failures.length, failuresOmitted]).toEqual([100, 3])
  })
})

describe('the JSON of a run that did not start', () => {
  it('has the same fields, zeros, and the error', () => {
    const error = { code: 'UnknownOption', message: 'unknown option --wrkers', hint: 'did you mean --workers?' }
    expect(jsonNotStarted(error, { ...ABOUT, at: START, source: 'a:media' })).toStrictEqual({
      schema: 1,
      tool: 's3-sync',
      version: '1.2.3',
      run: null,
      status: 'failed',
      source: 'a:media',
      target: null,
      startedAt: '2026-11-23T21:30:00.000Z',
      finishedAt: '2026-11-23T21:30:00.000Z',
      durationMs: 0,
      totals: NO_TOTALS,
      buckets: [],
      failures: [],
      failuresOmitted: 0,
      error,
    })
  })
})

describe('globs that matched nothing', () => {
  it('are named, exactly', () => {
    const unmatched: SyncEvent = { type: 'globs-unmatched', at: START, globs: [{ include: false, glob: 'a\n*' }] }
    const summary = summaryOf([started(), page(1), unmatched, completed(), finished(1)])
    expect(jsonSummary(summary, ABOUT)).toMatchObject({ unmatchedGlobs: [{ option: 'exclude', glob: 'a\n*' }] })
    expect(jsonSummary(summaryOf([started(), finished(1)]), ABOUT)).not.toHaveProperty('unmatchedGlobs')
  })
})

describe('--events', () => {
  it('writes one JSON object a line, keys exact, whose fold is the state of the run', () => {
    const file = new Sink()
    const events = [started(), page(2), copied('line\nend \u2028 😀'), failed('b'), completed(), finished(1)]
    const state = play(ndjsonReporter(lineWriter(file)), events)
    const lines = file.text.split('\n')
    expect(lines.pop()).toBe('')
    expect(lines).toHaveLength(events.length)
    const read: SyncEvent[] = lines.map((line) => JSON.parse(line) as SyncEvent)
    expect(read.reduce(evolve, initialState)).toEqual(state)
  })
})
