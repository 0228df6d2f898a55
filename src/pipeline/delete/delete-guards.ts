import type { DeletesWithheld } from '../events/events.js'
import type { Deletes } from '../plan/sync-plan.js'
import { overall, type PairState, type RunState } from '../state/run-state.js'

type Reason = Omit<DeletesWithheld, 'type' | 'at'>

/**
 * Why nothing may be deleted, given all that happened before. Pure; the first row that fits counts.
 *
 * | what happened                                            | lifted by              | cause            |
 * |----------------------------------------------------------|------------------------|------------------|
 * | a listing did not come to its end                        | `--ignore-errors` (*)  | `listing-failed` |
 * | an object could not be copied                            | `--ignore-errors`      | `copies-failed`  |
 * | a pair was listed out of order, and something would go   |                        | `unordered`      |
 * | a pair's source lists nothing, and something would go    | `--allow-empty-source` | `source-empty`   |
 * | more than so many per cent of a pair's target would go   |                        | `too-many`       |
 * | more than so many objects of all would go                |                        | `too-many`       |
 *
 * (*) For the other pairs: of one whose listing failed nobody knows what the source does not have.
 */
export function reasonToWithhold(state: RunState, { atMost, ignoreErrors, allowEmptySource }: Deletes): Reason | undefined {
  const { failed, deletesPlanned: objects } = overall(state)
  const about = (cause: Reason['cause'], found: PairState | undefined): Reason | undefined =>
    found === undefined ? undefined : { cause, pair: found.pair, objects }
  const losing = state.pairs.filter(({ totals, status }) => totals.deletesPlanned > 0 && status === 'completed')
  const going = losing.reduce((sum, { totals }) => sum + totals.deletesPlanned, 0)
  const isTooMuch = ({ totals, there }: PairState): boolean =>
    'percent' in atMost && totals.deletesPlanned * 100 > atMost.percent * there
  return (
    about('listing-failed', ignoreErrors && going > 0 ? undefined : state.pairs.find(({ status }) => status !== 'completed')) ??
    (failed > 0 && !ignoreErrors ? { cause: 'copies-failed', objects } : undefined) ??
    about(
      'unordered',
      losing.find(({ unordered }) => unordered),
    ) ??
    about('source-empty', allowEmptySource ? undefined : losing.find(({ totals }) => totals.listed === 0)) ??
    about('too-many', losing.find(isTooMuch)) ??
    ('objects' in atMost && going > atMost.objects ? { cause: 'too-many', objects } : undefined)
  )
}

/** That nothing of one pair is deleted, since its listing failed. */
export function unlisted({ pair, totals }: PairState): Reason {
  return { cause: 'listing-failed', pair, objects: totals.deletesPlanned }
}
