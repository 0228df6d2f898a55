import { printable } from '../../reporters/escape-terminal.js'
import type { Endpoint } from './choose-connection.js'
import { heading, type Desk } from './wizard-screen.js'
import { canBeMade } from './name-connection.js'
import type { NamePair } from './wizard-port.js'

/**
 * Gives each bucket its name at the target: its own, unless the person wants others, the two connections are one, or the target's login
 * showed only one bucket of another name.
 */
export async function nameTargets(
  desk: Desk,
  source: Endpoint,
  buckets: readonly string[],
  target: Endpoint,
): Promise<readonly NamePair[]> {
  heading(desk, 'Names at the target')
  const same = source.name === target.name
  const [first] = buckets
  const named = target.seen.kind === 'named' && buckets.length === 1 && !same ? target.seen.bucket : undefined
  if (named !== undefined && first !== undefined && named !== first) {
    desk.screen.out(`  ${printable(first)} → ${printable(named)}`)
    if (await desk.questions.confirm('Copy into this bucket?', true)) return [{ source: first, target: named }]
  } else if (!same && (await desk.questions.confirm('Use the same bucket names at the target?', true))) {
    const kept: NamePair[] = []
    for (const bucket of buckets) {
      const isFine = await isPossible(desk, target.name, bucket)
      kept.push({ source: bucket, target: isFine ? bucket : await askName(desk, target.name, bucket, kept, same) })
    }
    return kept
  }
  if (same)
    desk.screen.out(desk.paint.quiet('Source and target are the same connection: choose other bucket names for the copies.'))
  const pairs: NamePair[] = []
  for (const bucket of buckets) pairs.push({ source: bucket, target: await askName(desk, target.name, bucket, pairs, same) })
  return pairs
}

/** `same`: the connections are one, so no bucket may be copied onto itself. */
async function askName(
  desk: Desk,
  connection: string,
  bucket: string,
  pairs: readonly NamePair[],
  same: boolean,
): Promise<string> {
  for (;;) {
    const name = await desk.questions.text({
      message: `Name at the target for ${printable(bucket)}`,
      ...(!same && { initial: bucket }),
      check: (answer) => {
        if (answer === '') return 'Enter a bucket name.'
        if (same && answer === bucket) return 'Source and target would be the same bucket; choose another name.'
        if (pairs.some(({ target }) => target === answer)) return `Another bucket is copied into "${answer}" already.`
        return desk.world.check('bucket', answer)
      },
    })
    if (await isPossible(desk, connection, name)) return name
  }
}

/** A bucket that is there has its name; one that is not must be made under it. */
async function isPossible(desk: Desk, connection: string, bucket: string): Promise<boolean> {
  if ((await desk.world.naming(connection, bucket)) === undefined) return true
  return (await desk.world.bucket(connection, bucket)).kind === 'exists' || canBeMade(desk, connection, bucket)
}
