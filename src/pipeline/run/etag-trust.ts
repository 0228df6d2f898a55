import type { Encryption } from '../ports/object-metadata.js'

/**
 * What plain ETags of a pair are: `md5` of the bytes on both sides; `some` are, others are random words (objects under a key of KMS look the
 * same); `none` is.
 */
export type Etags = 'md5' | 'some' | 'none'

/** What plain ETags of a pair are, as far as is known: MD5s until an object shows otherwise. */
export interface EtagTrust {
  etags: Etags
  /** Two that differ were looked into. */
  isTried?: true
  /** An object was met whose ETag is none, by its encryption. */
  hasHidden?: true
}

export function newTrust(): EtagTrust {
  return { etags: 'md5' }
}

/** Under a key of KMS or of the customer an ETag is no MD5 (S3 API reference, "Object"). */
export function hidesMd5(encryption: Encryption | undefined): boolean {
  return encryption !== undefined && encryption.algorithm !== 'AES256'
}

/** The same of an object on its way. If so, what two others showed says nothing of all: the next two that differ are looked into again. */
export function learnt(trust: EtagTrust, encryption: Encryption | undefined): boolean {
  const isHidden = hidesMd5(encryption)
  if (isHidden && trust.etags === 'md5' && trust.hasHidden !== true) {
    trust.hasHidden = true
    delete trust.isTried
  }
  return isHidden
}
