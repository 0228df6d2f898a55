import type { Tally } from '../../pipeline/events/values.js'
import { printable } from '../../reporters/escape-terminal.js'
import { countBuckets, sum, type Counted } from './count-objects.js'
import { heading, tellFailure, type Desk } from './wizard-screen.js'
import type { BucketAnswer, NamePair } from './wizard-port.js'

/** Everything that was decided. */
export interface Plan {
  /** Connections, by name. */
  readonly source: string
  readonly target: string
  readonly pairs: readonly NamePair[]
  readonly workers: number
}

/** Shows what a plan will do: objects and bytes of each bucket, and which target buckets will be created. Returns the sum, where all was counted. */
export async function preview(desk: Desk, plan: Plan): Promise<Tally | undefined> {
  const { source, target, pairs, workers } = plan
  heading(desk, 'What will happen')
  const counted = await countBuckets(
    desk,
    source,
    pairs.map((pair) => pair.source),
  )
  for (const [index, pair] of pairs.entries()) {
    const count = counted[index]
    if (count === undefined) throw new Error(`the bucket ${pair.source} was not counted`)
    show(desk, plan, pair, count, await desk.world.bucket(target, pair.target))
  }
  desk.screen.out(
    desk.paint.quiet(
      `  ${pairs.length === 1 ? '1 bucket' : `${pairs.length} buckets`}, ${workers} workers; unchanged objects are skipped`,
    ),
  )
  return total(counted)
}

function show(desk: Desk, { source, target }: Plan, pair: NamePair, count: Counted, there: BucketAnswer): void {
  const { screen, paint } = desk
  const arrow = `${printable(`${source}:${pair.source}`)} → ${printable(`${target}:${pair.target}`)}`
  const made = there.kind === 'missing' ? paint.warning(' (the bucket will be created)') : ''
  screen.out(`  ${paint.name(arrow)}${made}  ${figure(count)}`)
  if (count.kind === 'failed') tellFailure(desk, count.failure, { connection: source, bucket: pair.source })
  if (there.kind === 'failed') tellFailure(desk, there.failure, { connection: target, bucket: pair.target })
}

function figure(count: Counted): string {
  switch (count.kind) {
    case 'whole':
      return sum(count.tally)
    case 'stopped':
      return count.tally.objects === 0 ? 'not counted' : `at least ${sum(count.tally)}`
    case 'failed':
      return 'could not be counted'
  }
}

function total(counted: readonly Counted[]): Tally | undefined {
  let [objects, bytes] = [0, 0]
  for (const count of counted) {
    if (count.kind !== 'whole') return undefined
    objects += count.tally.objects
    bytes += count.tally.bytes
  }
  return { objects, bytes }
}
