import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Cancellable, ObjectRef } from '../../../pipeline/ports/objects.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { FOLDED_KEY } from '../quirks.js'
import type { Listings } from './list-objects.js'
import type { Headers } from '../http/sigv4.js'

/** Makes sure that an object is stored under its own key, and takes no other's place. */
export interface KeyCheck {
  /**
   * Before a write: the headers that keep it from another object.
   * @throws {StoreError} `KeyChanged`
   */
  before(write: ObjectRef & Cancellable): Headers | Promise<Headers>
  /** After it. @throws {StoreError} `KeyChanged` */
  after(written: ObjectRef & Cancellable): Promise<void> | undefined
}

const NONE: Headers = []
/** For a key that nothing is stored under: what is there all the same goes by another name (S3 API reference, PutObject, If-None-Match). */
const IF_NEW: Headers = ['if-none-match', '*']

/** Checks keys that servers are known to change, by listings: a GET would be folded the same way. Others cost nothing. */
export function keyCheck(listings: Listings, exists: (ref: ObjectRef & Cancellable) => Promise<boolean>): KeyCheck {
  const isListed = async ({ bucket, key, signal }: ObjectRef & Cancellable): Promise<boolean> => {
    // The shortest key with a prefix sorts first. Asked for one key only, MinIO looks the prefix up as an object, folds it the same way, and
    // lists it under the name it was asked by (measured).
    const { entries } = await listings.page({ bucket, prefix: key, limit: 2, signal })
    return entries[0]?.key === key
  }
  const guard = async (write: ObjectRef & Cancellable): Promise<Headers> => {
    if (await isListed(write)) return NONE
    if (await exists(write)) throw keyChanged('the server has another object under the name that it makes of it')
    return IF_NEW
  }
  return {
    before: (write) => (FOLDED_KEY.test(write.key) ? guard(write) : NONE),
    after: (written) => (FOLDED_KEY.test(written.key) ? check(written) : undefined),
  }

  async function check(written: ObjectRef & Cancellable): Promise<void> {
    if (!(await isListed(written))) throw keyChanged('it is not there under the name it was written to')
  }
}

/** A write that was to make a new object met one, which goes by another name: see {@link KeyCheck.before}. */
export function asKeyChanged(error: unknown): never {
  if (!(error instanceof StoreError) || error.failure.status !== 412) throw error
  throw keyChanged('the server has another object under the name that it makes of it')
}

function keyChanged(message: string): StoreError {
  return new StoreError(ownFailure('PutObject', 'KeyChanged', message, 'permanent'))
}
