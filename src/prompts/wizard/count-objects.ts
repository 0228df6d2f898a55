import { StoreError, type Failure } from '../../pipeline/ports/failure.js'
import type { Tally } from '../../pipeline/events/values.js'
import { Cancelled } from '../cancelled.js'
import { printable } from '../../reporters/escape-terminal.js'
import { bytes, objects } from '../../reporters/text-format.js'
import type { Desk } from './wizard-screen.js'

/** The objects of a bucket; `stopped`: at least so many. */
export type Counted =
  | { readonly kind: 'whole'; readonly tally: Tally }
  | { readonly kind: 'stopped'; readonly tally: Tally }
  | { readonly kind: 'failed'; readonly failure: Failure }

const NOTHING: Tally = { objects: 0, bytes: 0 }

/**
 * Counts buckets one after the other with a running figure. A key stops the count of all that are left; they stand as `stopped`.
 * @throws {Cancelled} on Ctrl+C
 */
export async function countBuckets(desk: Desk, connection: string, buckets: readonly string[]): Promise<readonly Counted[]> {
  const stop = new AbortController()
  const watch = desk.questions.key()
  void watch.pressed.then((what) => stop.abort(what))
  try {
    const counted: Counted[] = []
    for (const bucket of buckets) counted.push(await countOne(desk, connection, bucket, stop.signal))
    if (stop.signal.reason === 'leave') throw new Cancelled()
    return counted
  } finally {
    desk.screen.live?.clear()
    watch.release()
  }
}

async function countOne({ world, screen }: Desk, connection: string, bucket: string, signal: AbortSignal): Promise<Counted> {
  const draw = (sofar: Tally): void => {
    screen.live?.draw(`Counting ${printable(bucket)}: ${sum(sofar)} (any key stops)`.slice(0, screen.columns - 1))
  }
  let tally = NOTHING
  draw(tally)
  try {
    for await (tally of world.count(connection, bucket, signal)) {
      draw(tally)
      if (signal.aborted) break
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (!signal.aborted) return { kind: 'failed', failure: error.failure }
  }
  return { kind: signal.aborted ? 'stopped' : 'whole', tally }
}

/** `1,234 objects, 4.5 MiB` */
export function sum(tally: Tally): string {
  return `${objects(tally.objects)}, ${bytes(tally.bytes)}`
}
