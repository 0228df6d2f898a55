import type { EventOf } from '../pipeline/events/events.js'
import type { Advice } from './error-advice.js'
import type { SyncPlan } from '../pipeline/plan/sync-plan.js'
import { formatObjects, pairName } from './text-format.js'

/** What a run may delete, and whether it is backed up, for the confirmation. */
export function deletePlanLines({ deletes, backupPrefix }: Pick<SyncPlan, 'deletes' | 'backupPrefix'>): string[] {
  const lines: string[] = []
  if (deletes !== undefined) {
    const { atMost, ignoreErrors, allowEmptySource } = deletes
    const most = 'percent' in atMost ? `${atMost.percent}% of a target` : formatObjects(atMost.objects)
    lines.push(`objects missing at the source are DELETED at the target (not if that would be more than ${most})`)
    if (ignoreErrors) lines.push('this also happens if objects fail to copy (--ignore-errors)')
    if (allowEmptySource) lines.push('this also happens if the source is EMPTY (--allow-empty-source)')
  }
  if (backupPrefix !== undefined)
    lines.push(`objects are backed up below ${backupPrefix}/ before they are overwritten or deleted`)
  return lines
}

/** Why nothing is deleted, and what to do. */
export function deletesWithheldAdvice({ cause, pair, objects: many }: Omit<EventOf<'deletes-withheld'>, 'type' | 'at'>): Advice {
  const at = pair === undefined ? '' : ` (${pairName(pair)})`
  switch (cause) {
    case 'listing-failed':
      return {
        what: `Nothing is deleted: a listing failed${at}, so it is unknown which objects are missing at the source.`,
        todo: 'Run it again.',
      }
    case 'copies-failed':
      return {
        what: 'Nothing is deleted: some objects could not be copied.',
        todo: 'Fix that, then run it again; or add --ignore-errors.',
      }
    case 'source-empty':
      return {
        what: `Nothing is deleted: the source lists no objects${at}, and ${formatObjects(many)} would be deleted at the target.`,
        todo: 'Check that it is the right source. To empty the target anyway, add --allow-empty-source --max-delete 100%.',
      }
    case 'unordered':
      return {
        what: `Nothing is deleted: one side does not list its keys in order${at}, so a key may have been missed.`,
        todo: 'Delete at the target by other means.',
      }
    case 'too-many':
      return {
        what: `Nothing is deleted: ${formatObjects(many)} would be deleted${at}, more than --max-delete allows.`,
        todo: 'Check with --dry-run which objects these are; raise --max-delete if you want to delete them.',
      }
  }
}
