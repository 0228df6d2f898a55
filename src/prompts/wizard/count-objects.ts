import { StoreError, type Failure } from '../../pipeline/ports/failure.js'
import type { Tally } from '../../pipeline/events/values.js'
import { Cancelled } from '../cancelled.js'
import { printable } from '../../reporters/escape-terminal.js'
import { formatBytes, formatObjects } from '../../reporters/text-format.js'
import type { WizardContext } from './wizard-context.js'

/** The objects of a bucket; `stopped`: at least this many. */
export type BucketCount =
  | { readonly kind: 'complete'; readonly tally: Tally }
  | { readonly kind: 'stopped'; readonly tally: Tally }
  | { readonly kind: 'failed'; readonly failure: Failure }

const NOTHING: Tally = { objects: 0, bytes: 0 }

/**
 * Counts buckets one after the other and shows the running total. A key stops the count; the remaining buckets are `stopped`.
 * @throws {Cancelled} on Ctrl+C
 */
export async function countBuckets(
  wizard: WizardContext,
  connection: string,
  buckets: readonly string[],
): Promise<readonly BucketCount[]> {
  const stop = new AbortController()
  const watch = wizard.questions.watchKey()
  void watch.pressed.then((what) => stop.abort(what))
  try {
    const counts: BucketCount[] = []
    for (const bucket of buckets) counts.push(await countOne(wizard, connection, bucket, stop.signal))
    if (stop.signal.reason === 'leave') throw new Cancelled()
    return counts
  } finally {
    wizard.screen.live?.clear()
    watch.release()
  }
}

async function countOne(
  { port, screen }: WizardContext,
  connection: string,
  bucket: string,
  signal: AbortSignal,
): Promise<BucketCount> {
  const draw = (soFar: Tally): void => {
    screen.live?.draw(`Counting ${printable(bucket)}: ${tallyText(soFar)} (any key stops)`.slice(0, screen.columns - 1))
  }
  let tally = NOTHING
  draw(tally)
  try {
    for await (tally of port.countObjects(connection, bucket, signal)) {
      draw(tally)
      if (signal.aborted) break
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    if (!signal.aborted) return { kind: 'failed', failure: error.failure }
  }
  return { kind: signal.aborted ? 'stopped' : 'complete', tally }
}

/** `1,234 objects, 4.5 MiB` */
export function tallyText(tally: Tally): string {
  return `${formatObjects(tally.objects)}, ${formatBytes(tally.bytes)}`
}
