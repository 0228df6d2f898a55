import type { SyncEvent } from '../events/events.js'
import { type BucketPair, samePair } from '../ports/bucket-pair.js'
import { tailOf } from '../ports/relative-key.js'
import { at, type Run } from '../run/run-context.js'
import type { RemainingOfPair } from '../state/remaining-work.js'
import { Range } from './key-range.js'

/** The remaining work of a pair from an earlier process; undefined if there is none. */
export function remainingOf({ resumed }: Run, pair: BucketPair): RemainingOfPair | undefined {
  return resumed?.left.pairs.find((one) => samePair(one.pair, pair))
}

/** The ranges of a pair that are not listed yet. */
export function rangesOf(pair: BucketPair, left: RemainingOfPair | undefined): readonly Range[] {
  if (left === undefined) return [new Range(pair, undefined, undefined)]
  const tail = (key: string | undefined) => (key === undefined ? undefined : tailOf(pair.source, key))
  return left.shards.map(({ after, upTo }) => new Range(pair, tail(after), tail(upTo)))
}

/**
 * The objects that an earlier process did not settle: first the failed ones, then those in flight, parked or queued. Each is checked at
 * source and target, since a copy may have been written without an event. `lookUp`: looks many up at once.
 */
export async function* unsettledItems<T extends object>(
  run: Run,
  pair: BucketPair,
  left: RemainingOfPair | undefined,
  look: (key: string, versions: number) => T | undefined,
  lookUp?: (keys: readonly string[]) => AsyncIterable<readonly (SyncEvent | T)[]>,
): AsyncGenerator<readonly (SyncEvent | T)[]> {
  if (run.resumed === undefined || left === undefined) return
  for await (const failed of run.resumed.failures(run.plan.pairs.indexOf(pair))) {
    const versions = run.plan.versions ? { versions: failed.map((one) => one.versions) } : {}
    const event: SyncEvent = { type: 'failures-retaken', ...at(run), pair, keys: failed.map(({ key }) => key), ...versions }
    yield [event]
    if (lookUp !== undefined) yield* lookUp(failed.map(({ key }) => key))
    else yield failed.flatMap((one) => look(one.key, one.versions) ?? [])
  }
  const many = new Map(left.histories)
  if (lookUp !== undefined) yield* lookUp(left.unsettled)
  else if (left.unsettled.length > 0) yield left.unsettled.flatMap((key) => look(key, many.get(key) ?? 1) ?? [])
}

/** The pages of `first`, then those of `then`, which is not started before. */
export function concatPages<T>(first: AsyncIterator<T, unknown>, then: AsyncIterator<T, unknown>): AsyncIterator<T, unknown> {
  let isFirstOver = false
  const begin = async (): Promise<IteratorResult<T, unknown>> => {
    const page = await first.next()
    if (page.done !== true) return page
    isFirstOver = true
    return then.next()
  }
  return {
    next: () => (isFirstOver ? then.next() : begin()),
    async return() {
      void first.return?.()
      await then.return?.()
      return { done: true, value: undefined }
    },
  }
}
