import * as v from 'valibot'
import { evolve, initialState, type RunState } from '../../src/pipeline/state/run-state.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'

/**
 * The JSON that cli.md documents, strictly: an extra or missing field fails. It is written by hand only here, so that the tests check the
 * documentation and not the code.
 */
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const Totals = v.strictObject({
  listed: count,
  copied: count,
  skipped: count,
  filtered: count,
  failed: count,
  deleted: count,
  deletesPlanned: count,
  retries: count,
  recovered: count,
  bytesListed: count,
  bytesCopied: count,
  bytesSkipped: count,
  reasons: v.record(v.string(), count),
  /** What proved the bytes of the copies. */
  proofs: v.record(v.string(), count),
})
const time = v.pipe(v.string(), v.isoTimestamp())
const JsonSummary = v.strictObject({
  schema: v.literal(1),
  tool: v.literal('s3-sync'),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+/)),
  run: v.pipe(v.string(), v.minLength(1)),
  status: v.picklist(['completed', 'partial', 'failed', 'refused', 'different', 'interrupted', 'dry-run']),
  source: v.string(),
  target: v.string(),
  startedAt: time,
  finishedAt: time,
  durationMs: count,
  totals: Totals,
  buckets: v.array(v.strictObject({ source: v.string(), target: v.string(), created: v.boolean(), totals: Totals })),
  failures: v.array(
    v.strictObject({
      bucket: v.string(),
      key: v.string(),
      operation: v.string(),
      code: v.string(),
      status: v.optional(count),
      message: v.string(),
      attempts: count,
      versions: v.optional(count),
    }),
  ),
  failuresOmitted: count,
  unmatchedGlobs: v.optional(v.array(v.strictObject({ option: v.picklist(['include', 'exclude']), glob: v.string() }))),
  losses: v.optional(
    v.strictObject({
      objects: v.record(v.string(), count),
      named: v.array(
        v.strictObject({
          ...{ bucket: v.string(), key: v.string() },
          losses: v.array(v.strictObject({ property: v.string(), why: v.string() })),
        }),
      ),
      omitted: count,
    }),
  ),
  verification: v.optional(
    v.strictObject({
      ...{ compared: count, equal: count, different: count, failed: count, proofs: v.record(v.string(), count) },
      differences: v.array(
        v.strictObject({
          bucket: v.string(),
          key: v.string(),
          difference: v.picklist(['missing', 'extra', 'size', 'checksum', 'bytes', 'metadata']),
        }),
      ),
      differencesOmitted: count,
    }),
  ),
  estimate: v.optional(
    v.strictObject({
      requests: v.record(v.string(), count),
      sample: v.optional(
        v.strictObject({
          ...{ objects: count, has: v.record(v.string(), count) },
          losing: v.array(v.strictObject({ property: v.string(), why: v.string() })),
        }),
      ),
    }),
  ),
  error: v.optional(v.strictObject({ code: v.string(), message: v.string(), hint: v.string() })),
  journal: v.optional(v.string()),
})
export type JsonSummary = v.InferOutput<typeof JsonSummary>

/** Parses the output of `--json`: one JSON object and nothing else. */
export function parseSummary(text: string): JsonSummary {
  return v.parse(v.pipe(v.string(), v.parseJson(), JsonSummary), text)
}

const JsonRefusal = v.looseObject({
  schema: v.literal(1),
  status: v.literal('failed'),
  error: v.strictObject({ code: v.string(), message: v.string(), hint: v.string() }),
})

/** Parses the output of `--json` for a run with exit code 2 or 3. */
export function parseRefusal(text: string): v.InferOutput<typeof JsonRefusal> {
  return v.parse(v.pipe(v.string(), v.parseJson(), JsonRefusal), text)
}

const isEvent = (value: unknown): value is SyncEvent =>
  v.is(v.looseObject({ type: v.pipe(v.string(), v.regex(/^[a-z]+(-[a-z]+)+$/)), at: v.number() }), value)

/** Parses the output of `--events`: one event a line. */
export function parseEvents(ndjson: string): SyncEvent[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const value: unknown = JSON.parse(line)
      if (!isEvent(value)) throw new Error(`not an event: ${line}`)
      return value
    })
}

export function fold(events: readonly SyncEvent[]): RunState {
  return events.reduce(evolve, initialState)
}
