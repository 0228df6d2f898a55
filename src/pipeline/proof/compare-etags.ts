import type { Etags } from '../events/reasons.js'

/** What a directory has for an ETag: it changes with the file, and says nothing of its bytes. */
export function isTime(etag: string): boolean {
  return etag.startsWith('mtime:')
}

const MD5 = /^[0-9a-f]{32}$/i

/** Whether an ETag has the form of the MD5 of the bytes; that of a multipart object (`…-N`) has not. */
export function isMd5(etag: string): boolean {
  return MD5.test(etag)
}

/** The ETag of an object in parts, and how many; S3 allows 10 000, others more. */
const OF_PARTS = /^[0-9a-f]{32}-([1-9]\d{0,4})$/i

/** In how many parts an object was written, by its ETag; 0 where it does not tell. */
export function partsIn(etag: string): number {
  return Number(OF_PARTS.exec(etag)?.[1] ?? 0)
}

/** Whether an ETag has the form of one that can be computed from the bytes; if it is one, only computing it tells. */
export function looksComputed(etag: string): boolean {
  return isMd5(etag) || partsIn(etag) > 0
}

export type EtagComparison = 'equal' | 'differ' | 'not comparable'

/**
 * Compares two ETags without quotes. Equal ones prove equal content where they have the form of a hash: other words may stand for a time or a
 * number. Unequal ones prove a difference only when both are MD5s of the bytes: `…-N` depends on part sizes, which a listing does not tell.
 */
export function compareEtags(a: string, b: string, etags: Etags): EtagComparison {
  if (a === b) return looksComputed(a) ? 'equal' : 'not comparable'
  return etags === 'md5' && isMd5(a) && isMd5(b) ? 'differ' : 'not comparable'
}
