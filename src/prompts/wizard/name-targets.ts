import { printable } from '../../reporters/escape-terminal.js'
import type { ChosenConnection } from './choose-connection.js'
import { showHeading, type WizardContext } from './wizard-context.js'
import { mayCreateBucket } from './bucket-name.js'
import type { BucketNames } from './wizard-port.js'

/**
 * Chooses a target name for each bucket: the same, unless the user wants another, source and target are the same connection, or the user
 * entered another bucket at the target.
 */
export async function nameTargets(
  wizard: WizardContext,
  source: ChosenConnection,
  buckets: readonly string[],
  target: ChosenConnection,
): Promise<readonly BucketNames[]> {
  showHeading(wizard, 'Names at the target')
  const same = source.name === target.name
  const [first] = buckets
  const named = target.buckets.kind === 'named' && buckets.length === 1 && !same ? target.buckets.bucket : undefined
  if (named !== undefined && first !== undefined && named !== first) {
    wizard.screen.out(`  ${printable(first)} → ${printable(named)}`)
    if (await wizard.questions.confirm('Copy into this bucket?', true)) return [{ source: first, target: named }]
  } else if (!same && (await wizard.questions.confirm('Use the same bucket names at the target?', true))) {
    const kept: BucketNames[] = []
    for (const bucket of buckets) {
      const isFine = await isPossible(wizard, target.name, bucket)
      kept.push({ source: bucket, target: isFine ? bucket : await askName(wizard, target.name, bucket, kept, same) })
    }
    return kept
  }
  if (same)
    wizard.screen.out(wizard.paint.quiet('Source and target are the same connection: choose other bucket names for the copies.'))
  const pairs: BucketNames[] = []
  for (const bucket of buckets) pairs.push({ source: bucket, target: await askName(wizard, target.name, bucket, pairs, same) })
  return pairs
}

/** `same`: source and target are the same connection, so a bucket must not be copied onto itself. */
async function askName(
  wizard: WizardContext,
  connection: string,
  bucket: string,
  pairs: readonly BucketNames[],
  same: boolean,
): Promise<string> {
  for (;;) {
    const name = await wizard.questions.text({
      message: `Name at the target for ${printable(bucket)}`,
      ...(!same && { initial: bucket }),
      check: (answer) => {
        if (answer === '') return 'Enter a bucket name.'
        if (same && answer === bucket) return 'Source and target would be the same bucket; choose another name.'
        if (pairs.some(({ target }) => target === answer)) return `Another bucket is copied into "${answer}" already.`
        return wizard.port.fieldProblem('bucket', answer)
      },
    })
    if (await isPossible(wizard, connection, name)) return name
  }
}

/** Whether the bucket exists or may be created under this name. */
async function isPossible(wizard: WizardContext, connection: string, bucket: string): Promise<boolean> {
  if ((await wizard.port.bucketNameProblem(connection, bucket)) === undefined) return true
  return (await wizard.port.checkBucket(connection, bucket)).kind === 'exists' || mayCreateBucket(wizard, connection, bucket)
}
