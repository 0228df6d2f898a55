import type { Tally } from '../../pipeline/events/values.js'
import { printable } from '../../reporters/escape-terminal.js'
import { countBuckets, tallyText, type BucketCount } from './count-objects.js'
import { showHeading, showFailure, type WizardContext } from './wizard-context.js'
import type { BucketCheckResult, BucketNames } from './wizard-port.js'

/** What the user chose. */
export interface WizardPlan {
  /** Names of the connections. */
  readonly source: string
  readonly target: string
  readonly pairs: readonly BucketNames[]
  readonly workers: number
}

/** Shows what a plan will do: objects and bytes of each bucket, and which target buckets will be created. Returns the sum, or undefined if not everything was counted. */
export async function showPreview(wizard: WizardContext, plan: WizardPlan): Promise<Tally | undefined> {
  const { source, target, pairs, workers } = plan
  showHeading(wizard, 'What will happen')
  const counts = await countBuckets(
    wizard,
    source,
    pairs.map((pair) => pair.source),
  )
  for (const [index, pair] of pairs.entries()) {
    const count = counts[index]
    if (count === undefined) throw new Error(`the bucket ${pair.source} was not counted`)
    showPair(wizard, plan, pair, count, await wizard.port.checkBucket(target, pair.target))
  }
  wizard.screen.out(
    wizard.paint.quiet(
      `  ${pairs.length === 1 ? '1 bucket' : `${pairs.length} buckets`}, ${workers} workers; unchanged objects are skipped`,
    ),
  )
  return total(counts)
}

function showPair(
  wizard: WizardContext,
  { source, target }: WizardPlan,
  pair: BucketNames,
  count: BucketCount,
  targetBucket: BucketCheckResult,
): void {
  const { screen, paint } = wizard
  const arrow = `${printable(`${source}:${pair.source}`)} → ${printable(`${target}:${pair.target}`)}`
  const note = targetBucket.kind === 'missing' ? paint.warning(' (the bucket will be created)') : ''
  screen.out(`  ${paint.name(arrow)}${note}  ${countText(count)}`)
  if (count.kind === 'failed') showFailure(wizard, count.failure, { connection: source, bucket: pair.source })
  if (targetBucket.kind === 'failed') showFailure(wizard, targetBucket.failure, { connection: target, bucket: pair.target })
}

function countText(count: BucketCount): string {
  switch (count.kind) {
    case 'complete':
      return tallyText(count.tally)
    case 'stopped':
      return count.tally.objects === 0 ? 'not counted' : `at least ${tallyText(count.tally)}`
    case 'failed':
      return 'could not be counted'
  }
}

function total(counts: readonly BucketCount[]): Tally | undefined {
  let [objects, bytes] = [0, 0]
  for (const count of counts) {
    if (count.kind !== 'complete') return undefined
    objects += count.tally.objects
    bytes += count.tally.bytes
  }
  return { objects, bytes }
}
