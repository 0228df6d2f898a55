import * as v from 'valibot'
import { event, FailureSchema, PairSchema } from './values.js'

/** Names an object of the target that the source does not have. */
const extra = { pair: PairSchema, key: v.string() }

/** What was at the target under this object's name (`key` is the source's) was copied to the backups: it may be overwritten. */
const BackupMade = event('backup-made', { pair: PairSchema, key: v.string() })

/** Only under dry run, in the place of `object-deleted`. */
const DeletePlanned = event('delete-planned', extra)

const ObjectDeleted = event('object-deleted', extra)

/** After a resume: the source has the object by now, so it stays. */
const DeleteWithdrawn = event('delete-withdrawn', extra)

/** Settled: the object stays. */
const DeleteFailed = event('delete-failed', { ...extra, failure: FailureSchema })

/**
 * Nothing is deleted though something was to be; with `--ignore-errors` and `listing-failed`, nothing of that pair. `listing-failed`,
 * `copies-failed`: the run did not do what comes before; the others are guards: the source lists nothing, a side does not list in order, more
 * would go than `--max-delete` allows.
 */
export const DeletesWithheld = event('deletes-withheld', {
  cause: v.picklist(['listing-failed', 'copies-failed', 'source-empty', 'unordered', 'too-many']),
  /** Where it is about one pair. */
  pair: v.exactOptional(PairSchema),
  /** How many objects stay. */
  objects: v.number(),
})

export const DELETE_EVENTS = [BackupMade, DeletePlanned, ObjectDeleted, DeleteWithdrawn, DeleteFailed, DeletesWithheld] as const
