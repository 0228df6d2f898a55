import type { DeletesWithheld } from '../pipeline/events/events.js'
import type { Advice } from './error-advice.js'
import type { SyncPlan } from '../pipeline/plan/sync-plan.js'
import { objects, pairName } from './text-format.js'

/** What a run may delete, and what becomes of it, for a person who is about to say yes. */
export function deletesInWords({ deletes, backupPrefix }: Pick<SyncPlan, 'deletes' | 'backupPrefix'>): string[] {
  const lines: string[] = []
  if (deletes !== undefined) {
    const { atMost, ignoreErrors, allowEmptySource } = deletes
    const most = 'percent' in atMost ? `${atMost.percent}% of a target` : objects(atMost.objects)
    lines.push(`what the source does not have is DELETED at the target; nothing where more than ${most} would go`)
    if (ignoreErrors) lines.push('this also happens when objects fail to copy (--ignore-errors)')
    if (allowEmptySource) lines.push('this also happens when the source is EMPTY (--allow-empty-source)')
  }
  if (backupPrefix !== undefined) lines.push(`what is overwritten or deleted is kept below ${backupPrefix}/`)
  return lines
}

/** Why nothing is deleted, and what to do. */
export function whyWithheld({ cause, pair, objects: many }: Omit<DeletesWithheld, 'type' | 'at'>): Advice {
  const at = pair === undefined ? '' : ` (${pairName(pair)})`
  switch (cause) {
    case 'listing-failed':
      return {
        what: `A listing failed${at}: what the source does not have is not known, and is not deleted.`,
        todo: 'Run it again.',
      }
    case 'copies-failed':
      return {
        what: 'Nothing is deleted: some objects could not be copied.',
        todo: 'Fix that, then run it again; or add --ignore-errors.',
      }
    case 'source-empty':
      return {
        what: `Nothing is deleted: the source lists no objects${at}, and ${objects(many)} of the target would go.`,
        todo: 'Check that it is the right source. To empty the target anyway, add --allow-empty-source --max-delete 100%.',
      }
    case 'unordered':
      return {
        what: `Nothing is deleted: a side does not list its keys in order${at}, so one may have been passed over.`,
        todo: 'Delete at the target by other means.',
      }
    case 'too-many':
      return {
        what: `Nothing is deleted: ${objects(many)} would go${at}, more than --max-delete allows.`,
        todo: 'See with --dry-run what it is, and raise --max-delete if that is meant.',
      }
  }
}
