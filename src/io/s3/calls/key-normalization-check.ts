import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Cancellable, ObjectRef } from '../../../pipeline/ports/objects.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { FOLDED_KEY } from '../quirks.js'
import type { Listings } from './list-objects.js'
import type { Headers } from '../http/sigv4.js'

/** Ensures that an object is stored under its own key and does not overwrite another one. */
export interface KeyCheck {
  /**
   * Call it before a write; returns the headers that protect another object.
   * @throws {StoreError} `KeyChanged`
   */
  before(write: ObjectRef & Cancellable): Headers | Promise<Headers>
  /** Call it after the write. @throws {StoreError} `KeyChanged` */
  after(written: ObjectRef & Cancellable): Promise<void> | undefined
}

const NONE: Headers = []
/**
 * For a key without an object: if the write finds one nevertheless, that object has another key (S3 API reference, PutObject,
 * If-None-Match).
 */
const IF_NEW: Headers = ['if-none-match', '*']

/**
 * Checks keys that some servers are known to change. It uses listings, because the server would fold the key of a GET the same way. Other
 * keys cost no request.
 */
export function keyCheck(listings: Listings, exists: (ref: ObjectRef & Cancellable) => Promise<boolean>): KeyCheck {
  const isListed = async ({ bucket, key, signal }: ObjectRef & Cancellable): Promise<boolean> => {
    const { entries } = await listings.page({ bucket, ...justBefore(key), limit: 2, signal })
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

/**
 * Where a listing begins with `key`. Its odd part must not be in the prefix: MinIO (for one key) and SeaweedFS fold a prefix the same way,
 * and list what they find under the requested name (measured).
 */
function justBefore(key: string): { readonly prefix: string; readonly after?: string } {
  const prefix = key.slice(0, FOLDED_KEY.exec(key)?.index)
  const last = Array.from(key).at(-1) ?? ''
  const code = last.codePointAt(0) ?? 0
  if (code === 0) return { prefix }
  // The code points between D800 and DFFF are no characters.
  const before = String.fromCodePoint(code === 0xe000 ? 0xd7ff : code - 1)
  return { prefix, after: `${key.slice(0, key.length - last.length)}${before}\u{10ffff}` }
}

/** A write of a new object found an existing one with another key: see {@link KeyCheck.before}. */
export function asKeyChanged(error: unknown): never {
  if (!(error instanceof StoreError) || error.failure.status !== 412) throw error
  throw keyChanged('the server has another object under the name that it makes of it')
}

function keyChanged(message: string): StoreError {
  return new StoreError(ownFailure('PutObject', 'KeyChanged', message, 'permanent'))
}
