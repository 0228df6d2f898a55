import type { Etags } from '../events/reasons.js'

/** The ETag of a file: it changes with the file, and does not depend on its bytes. */
export function isTime(etag: string): boolean {
  return etag.startsWith('mtime:')
}

const MD5 = /^[0-9a-f]{32}$/i

/** Whether an ETag has the form of an MD5 of the bytes; the ETag of a multipart object (`…-N`) does not. */
export function isMd5(etag: string): boolean {
  return MD5.test(etag)
}

/** The ETag of a multipart object, with the number of parts; S3 allows 10 000, other servers more. */
const OF_PARTS = /^[0-9a-f]{32}-([1-9]\d{0,4})$/i

/** The number of parts of an object, from its ETag; 0 if the ETag does not contain it. */
export function partsIn(etag: string): number {
  return Number(OF_PARTS.exec(etag)?.[1] ?? 0)
}

/** Whether an ETag has the form of one computed from the bytes. Only computing it can confirm this. */
export function looksComputed(etag: string): boolean {
  return isMd5(etag) || partsIn(etag) > 0
}

/** Whether two ETags are one hash of the bytes. Alibaba Cloud OSS writes it in capitals (gitlab.com/gitlab-org/charts/gitlab/issues/1564). */
export function isSameHash(a: string, b: string): boolean {
  return (a === b || a.toLowerCase() === b.toLowerCase()) && looksComputed(a)
}

export type EtagComparison = 'equal' | 'differ' | 'not comparable'

/**
 * Compares two ETags without quotes. Equal ETags prove equal content if they have the form of a hash: other values may be a time or a
 * number. Different ETags prove different content only if both are MD5s of the bytes: `…-N` depends on part sizes, which a listing does not
 * show.
 */
export function compareEtags(a: string, b: string, etags: Etags): EtagComparison {
  if (isSameHash(a, b)) return 'equal'
  return etags === 'md5' && isMd5(a) && isMd5(b) ? 'differ' : 'not comparable'
}
