import { describe, expect, it } from '@jest/globals'
import { parseArguments } from '../../../src/cli/args/parse.js'
import { buildPlan } from '../../../src/cli/run/build-plan.js'
import type { OpenSide } from '../../../src/cli/run/open-endpoints.js'
import { wholeBucket } from '../../../src/cli/run/resolve-pairs.js'
import { LARGEST_COPY, PART_THRESHOLD } from '../../../src/pipeline/plan/part-size.js'
import { MemoryStore } from '../../support/memory-store.js'

const DAY = 24 * 60 * 60 * 1_000
const NOW = Date.UTC(2026, 10, 27)

function side(endpoint: string): OpenSide {
  const rest = { endpoint, listBuckets: () => Promise.resolve([]), close: () => undefined }
  return { store: Object.assign(new MemoryStore(), rest), context: {} }
}

/** The plan of a command line, between two endpoints. */
function plan(line: string, [source, target]: readonly [string, string] = ['http://a', 'http://b']) {
  const words = line.split(' ').filter((word) => word !== '')
  const [first = ''] = words
  const places = first === 'verify' ? ['verify', 'a:x', 'b:y', ...words.slice(1)] : ['a:x', 'b:y', ...words]
  const parsed = parseArguments(places, { isTerminal: false, globFiles: () => undefined })
  if (parsed.kind !== 'sync' && parsed.kind !== 'verify') throw new Error(JSON.stringify(parsed))
  const sides = { source: side(source), target: side(target) }
  const pairs = [{ source: wholeBucket('x'), target: wholeBucket('y') }]
  return buildPlan({ source: 'a:x', target: 'b:y', sides, pairs, options: parsed.request, tellSkips: false }, 'RUN', NOW)
}

describe('the plan of a run', () => {
  it('says which run it is, and of what', () => {
    expect(plan('')).toMatchObject({
      ...{ run: 'RUN', source: 'a:x', target: 'b:y', pairs: [{ source: wholeBucket('x'), target: wholeBucket('y') }] },
      ...{ partThreshold: PART_THRESHOLD, largestCopy: LARGEST_COPY },
    })
  })

  it.each([
    ['--workers 7', { workers: 7, adaptive: false }],
    ['--retries 1 --retry-delay 3s', { retries: 1, retryDelayMs: 3_000 }],
    ['--compare etag --ignore-existing', { compare: 'etag', ignoreExisting: true }],
    ['--keep-newer --keep-times', { keepNewer: true, keepTimes: true }],
    ['--versions', { versions: true }],
    ['--dry-run', { dryRun: true }],
    ['--max-memory 128M', { maxMemory: 128 * 2 ** 20 }],
    ['--part-size 16M --max-errors 3', { partSize: 16 * 2 ** 20, maxErrors: 3 }],
    ['--max-rps 9', { limits: { requestsPerSecond: 9 } }],
    ['--delete --backup-prefix old', { deletes: { atMost: { percent: 25 } }, backupPrefix: 'old' }],
    ['--case-conflict skip', { caseConflict: 'skip' }],
    ['--no-server-side-copy', { serverSideCopy: false }],
    ['--verify', { verifies: { deep: false }, verifiesOnly: false }],
    ['--verify --deep', { verifies: { deep: true }, verifiesOnly: false }],
    ['verify', { verifies: { deep: false }, verifiesOnly: true }],
    ['verify --deep', { verifies: { deep: true }, verifiesOnly: true }],
    ['--newer-than 1d', { selection: { newerThan: NOW - DAY } }],
  ])('given `%s`: %j', (line, expected) => {
    expect(plan(line)).toMatchObject(expected)
  })

  it('given nothing, has none of what is optional', () => {
    const optional = ['verifies', 'deletes', 'backupPrefix', 'caseConflict', 'maxErrors', 'partSize']
    expect(Object.keys(plan('')).filter((name) => optional.includes(name))).toEqual([])
  })

  it.each<[line: string, endpoints: [string, string], copiesItself: boolean]>([
    ['', ['http://a', 'http://b'], false],
    ['', ['http://a', 'http://a'], true],
    ['--no-server-side-copy', ['http://a', 'http://a'], false],
    // The times are metadata that a server would not add.
    ['--keep-times', ['http://a', 'http://a'], false],
    ['--keep-times', ['file://', 'file://'], true],
  ])('given `%s` between %j, lets the endpoint copy: %s', (line, endpoints, copiesItself) => {
    expect(plan(line, endpoints).serverSideCopy).toBe(copiesItself)
  })
})
