import { StoreError } from '../../../pipeline/ports/failure.js'
import type { ScannedPage } from '../xml/list-objects-xml.js'

/** Characters that only encoded keys contain, unless the server does not encode. */
const AMBIGUOUS = /[%+]/

/**
 * Some servers say that the keys of a listing are url-encoded, but do not encode them (s3s-fs, measured): decoded, `a+b` would become
 * another object's name. The first page where it matters is therefore requested once more without encoding. If both have the same keys,
 * the server does not encode: encoded keys are longer, or have more plus signs.
 */
export class ClaimedEncoding {
  private isTrue: boolean | undefined

  /** Whether the keys of `page` are encoded; `plain` requests the same page without encoding. */
  async holds(page: ScannedPage, plain: () => Promise<ScannedPage>): Promise<boolean> {
    if (!page.encoded || !page.entries.some(({ key }) => AMBIGUOUS.test(key))) return page.encoded
    this.isTrue ??= await plain().then((other) => other.encoded || !hasAll(other, page), unlessOfStore)
    return this.isTrue
  }
}

function hasAll({ entries }: ScannedPage, wanted: ScannedPage): boolean {
  const keys = new Set(entries.map(({ key }) => key))
  return wanted.entries.every(({ key }) => keys.has(key))
}

/** A server that refuses to list without encoding, or has a key that XML can't hold, encodes. */
function unlessOfStore(error: unknown): boolean {
  const isRefused =
    error instanceof StoreError && (error.failure.kind === 'permanent' || error.failure.code === 'MalformedListing')
  if (!isRefused) throw error
  return true
}
