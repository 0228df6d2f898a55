import * as v from 'valibot'
import { event, FailureSchema, PairSchema } from './values.js'

/** An object that exists only at the target. */
const extra = { pair: PairSchema, key: v.string() }

/** The target object that this copy replaces was backed up and may be overwritten. `key` is the source's key. */
const BackupMade = event('backup-made', { pair: PairSchema, key: v.string() })

/** Only in a dry run, instead of `object-deleted`. */
const DeletePlanned = event('delete-planned', extra)

const ObjectDeleted = event('object-deleted', extra)

/** After a resume: the source has the object now, so it is not deleted. */
const DeleteWithdrawn = event('delete-withdrawn', extra)

/** Final: the object is not deleted. */
const DeleteFailed = event('delete-failed', { ...extra, failure: FailureSchema })

/**
 * Planned deletes do not happen; with `--ignore-errors` and `listing-failed`, only the deletes of that pair. `listing-failed`,
 * `copies-failed`: an earlier step of the run failed. The other causes are guards: the source lists nothing, a listing is not in order, or
 * more deletes than `--max-delete` allows.
 */
export const DeletesWithheld = event('deletes-withheld', {
  cause: v.picklist(['listing-failed', 'copies-failed', 'source-empty', 'unordered', 'too-many']),
  /** Present if it concerns one pair. */
  pair: v.exactOptional(PairSchema),
  /** Number of objects that are not deleted. */
  objects: v.number(),
})

export const DELETE_EVENTS = [BackupMade, DeletePlanned, ObjectDeleted, DeleteWithdrawn, DeleteFailed, DeletesWithheld] as const
