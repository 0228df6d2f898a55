import { StoreError } from '../../pipeline/errors.js'
import type { Cancellable, ObjectRef } from '../../pipeline/ports.js'
import { ownFailure } from './failures.js'
import type { Listings } from './listing.js'

/** Makes sure that what was just written is there under its own key. */
export type KeyCheck = (written: ObjectRef & Cancellable) => Promise<void>

/** Two common servers store `/lead` as `lead` and `x//y` as `x/y` and answer 200 (design.md, decision 12): `//`, and `.` and `..` as segments. */
const FOLDED = /^\/|\/\/|(^|\/)\.{1,2}(\/|$)/

/** Checks keys that servers are known to change, by a listing: a GET would be folded the same way. Others cost nothing. */
export function keyCheck(listings: Listings): KeyCheck {
  return async ({ bucket, key, signal }) => {
    if (!FOLDED.test(key)) return
    // The shortest key with a prefix sorts first. Asked for one key only, MinIO looks the prefix up as an object, folds it the same way, and
    // lists it under the name it was asked by (measured).
    const { entries } = await listings.page({ bucket, prefix: key, limit: 2, signal })
    if (entries[0]?.key === key) return
    const message = 'it is not there under the name it was written to'
    throw new StoreError(ownFailure('PutObject', 'KeyChanged', message, 'permanent'))
  }
}
