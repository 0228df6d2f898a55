import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { RunPlace } from '../../io/journal/run-directory.js'
import { acquireLock } from '../../io/files/lock.js'
import type { BucketPair, BucketPrefix } from '../../pipeline/ports/bucket-pair.js'
import type { OpenSide } from './open-endpoints.js'
import { CliError } from './cli-error.js'

/** Locks a run's pairs against other runs of this user; the returned function releases them. */
export function lockPairs(
  directory: string,
  run: string,
  pairs: readonly BucketPair[],
  source: OpenSide,
  target: OpenSide,
): () => void {
  const releases: (() => void)[] = []
  const release = (): void => {
    for (const one of releases.splice(0)) one()
  }
  for (const pair of pairs) {
    const identity = JSON.stringify([identityOf(source, pair.source), identityOf(target, pair.target)])
    const name = createHash('sha256').update(identity).digest('hex').slice(0, 32)
    const path = join(directory, `${name}.lock`)
    const lock = acquireLock(path, run)
    if (lock.held) {
      releases.push(() => lock.release())
      continue
    }
    release()
    throw new CliError(
      3,
      'RunInProgress',
      `Run ${lock.by} is copying the same pair, "${pair.source.bucket}".`,
      `Wait until it has finished, or stop it with Ctrl+C. If it ran on a machine that no longer exists, remove ${path}`,
    )
  }
  return release
}

/** Locks a run against other processes; the returned function releases it. */
export function lockRun({ run, lock: path }: RunPlace): () => void {
  const lock = acquireLock(path, run)
  if (lock.held) return () => lock.release()
  throw new CliError(
    3,
    'RunInProgress',
    `Another process is working on run ${run}.`,
    'Wait until it has finished, or stop it with Ctrl+C.',
  )
}

function identityOf({ store }: OpenSide, { bucket, prefix }: BucketPrefix): readonly string[] {
  return [store.endpoint, bucket, prefix]
}
