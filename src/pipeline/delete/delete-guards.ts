import type { EventOf } from '../events/events.js'
import type { Deletes } from '../plan/sync-plan.js'
import { overall, type PairState, type RunState } from '../state/run-state.js'

type Reason = Omit<EventOf<'deletes-withheld'>, 'type' | 'at'>

/**
 * Returns why nothing may be deleted; undefined if deletes are allowed. Pure; the first row that matches applies.
 *
 * | what happened                                            | lifted by              | cause            |
 * |----------------------------------------------------------|------------------------|------------------|
 * | a listing did not finish                                 | `--ignore-errors` (*)  | `listing-failed` |
 * | an object could not be copied                            | `--ignore-errors`      | `copies-failed`  |
 * | a pair with planned deletes was listed out of order      |                        | `unordered`      |
 * | the source of a pair with planned deletes lists nothing  | `--allow-empty-source` | `source-empty`   |
 * | deletes exceed the percentage limit of a pair's target   |                        | `too-many`       |
 * | deletes of all pairs exceed the limit in objects         |                        | `too-many`       |
 *
 * (*) Only for other pairs. If a listing failed, it is unknown which objects the source lacks.
 */
export function reasonToWithhold(state: RunState, { atMost, ignoreErrors, allowEmptySource }: Deletes): Reason | undefined {
  const { failed, deletesPlanned: objects } = overall(state)
  const about = (cause: Reason['cause'], found: PairState | undefined): Reason | undefined =>
    found === undefined ? undefined : { cause, pair: found.pair, objects }
  const withDeletes = state.pairs.filter(({ totals, status }) => totals.deletesPlanned > 0 && status === 'completed')
  const planned = withDeletes.reduce((sum, { totals }) => sum + totals.deletesPlanned, 0)
  const isTooMuch = ({ totals, there }: PairState): boolean =>
    'percent' in atMost && totals.deletesPlanned * 100 > atMost.percent * there
  return (
    about('listing-failed', ignoreErrors && planned > 0 ? undefined : state.pairs.find(({ status }) => status !== 'completed')) ??
    (failed > 0 && !ignoreErrors ? { cause: 'copies-failed', objects } : undefined) ??
    about(
      'unordered',
      withDeletes.find(({ unordered }) => unordered),
    ) ??
    about('source-empty', allowEmptySource ? undefined : withDeletes.find(({ totals }) => totals.listed === 0)) ??
    about('too-many', withDeletes.find(isTooMuch)) ??
    ('objects' in atMost && planned > atMost.objects ? { cause: 'too-many', objects } : undefined)
  )
}

/** Returns the reason to withhold deletes of one pair whose listing failed. */
export function unlisted({ pair, totals }: PairState): Reason {
  return { cause: 'listing-failed', pair, objects: totals.deletesPlanned }
}
