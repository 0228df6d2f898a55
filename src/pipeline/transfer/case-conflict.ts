import { isBackup } from '../compare/scope.js'
import type { ObjectEvent, SyncEvent } from '../events/events.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { type Failure, StoreError } from '../ports/failure.js'
import type { Written } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { nameOf } from '../ports/relative-key.js'
import type { Run } from '../run/run-context.js'
import { backUp } from './backup.js'
import type { Listener, PairRoute } from './route.js'

/** The final event of an object that could not be copied. */
export function copyFailed({ plan }: Run, about: ObjectEvent, attempts: number, failure: Failure): SyncEvent {
  return failure.reason === 'case-conflict' && plan.caseConflict === 'skip'
    ? { type: 'object-skipped', ...about, reason: 'case-conflict' }
    : { type: 'object-failed', ...about, attempts, failure }
}

/**
 * Writes an object with `step`. With `--case-conflict overwrite`, it replaces the object whose key the target treats as the same, which is
 * backed up first like any other. Objects out of scope and backups are never replaced.
 */
export async function overOtherCase<T extends Written>(
  run: Run,
  pair: BucketPair,
  { backups }: Pick<PairRoute, 'backups'>,
  listener: Listener,
  signal: AbortSignal,
  step: () => Promise<T>,
): Promise<T> {
  try {
    return await step()
  } catch (error) {
    const other = error instanceof StoreError && error.failure.reason === 'case-conflict' ? error.failure.other : undefined
    if (other === undefined || run.plan.caseConflict !== 'overwrite') throw error
    const { target } = run.stores
    const { bucket } = pair.target
    const found = await onSide('target', target.head({ bucket, key: other, signal }))
    const isMeant = run.selects?.(nameOf(pair.target, other), { key: other, ...found }) !== false
    if (!isMeant || isBackup(run, other) || (await backups.target.prefixOf(other)) !== undefined) throw error
    await backUp(run, pair, other, listener, signal)
    const [refused] = await onSide('target', target.deleteObjects({ bucket, keys: [other], signal }))
    if (refused !== undefined) throw new StoreError({ ...refused.failure, side: 'target' })
    return step()
  }
}
