import type { AttributeRule } from './attribute-rules.js'
import type { Acl, Encryption, Extras, Properties, Tags } from '../ports/object-metadata.js'

/** The metadata that the user wants to copy (`--tags`, `--storage-class`, `--sse`, `--acl`, `--locks`, `--strict`, …): plain data. */
export interface MetadataPolicy {
  readonly tags: boolean
  /** Retention and legal hold. */
  readonly locks: boolean
  /** The storage class at the target, by class at the source; `*`: all other classes. Classes without an entry are kept. */
  readonly storageClass: Readonly<Record<string, string>>
  /** `keep`: at least as strong as at the source; `target`: default of the target bucket. */
  readonly encryption: 'keep' | 'target' | Encryption
  /** `target`: default of the target bucket; `copy`: same as the source. */
  readonly acl: 'target' | 'copy' | { readonly canned: string }
  /** Headers and metadata that the copies get instead of the source's, in order: the last matching rule decides. */
  readonly attributes: readonly AttributeRule[]
  /** An object that loses any metadata is reported as failed. */
  readonly strict: boolean
}

/** The default: metadata is preserved, except for the ACL, which is the target's default. */
export const KEEP: MetadataPolicy = {
  tags: true,
  locks: true,
  storageClass: {},
  encryption: 'keep',
  acl: 'target',
  attributes: [],
  strict: false,
}

export const STANDARD = 'STANDARD'

/** The known metadata of a source object. */
export interface Source {
  readonly properties: Properties
  readonly tags?: Tags | undefined
  readonly acl?: Acl | undefined
}

/**
 * The extras that a write sets on the copy of an object. Pure. `ownRule`: the default encryption of the target's bucket; `now`: ms since
 * the epoch.
 *
 * | at the source                    | the copy gets                                                                      |
 * |----------------------------------|------------------------------------------------------------------------------------|
 * | storage class                    | the class that `storageClass` maps it to, else the same                            |
 * | encryption                       | the requested one; `keep`: nothing if the bucket's default is as strong, else (*)  |
 * | website redirect                 | the same                                                                           |
 * | retention, legal hold            | the same; an expired retention is omitted                                          |
 * | tags, ACL                        | the same, if requested; a private ACL needs no header                              |
 *
 * (*) The same algorithm with the target's own key: key ids belong to an account and a region. An SSE-C key becomes AES256.
 */
export function extrasOf(
  { properties, tags, acl }: Source,
  metadataPolicy: MetadataPolicy,
  ownRule: Encryption | undefined,
  now: number,
): Extras {
  const { redirect, retention, legalHold } = properties
  const storageClass = classAtTarget(properties.storageClass, metadataPolicy)
  const encryption = encryptionAtTarget(properties.encryption, metadataPolicy, ownRule)
  const granted =
    metadataPolicy.acl === 'copy' ? unlessPrivate(acl) : metadataPolicy.acl === 'target' ? undefined : metadataPolicy.acl
  return {
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(encryption && { encryption }),
    ...(redirect === undefined ? {} : { redirect }),
    ...(metadataPolicy.locks && retention !== undefined && retention.until > now ? { retention } : {}),
    ...(metadataPolicy.locks && legalHold ? { legalHold } : {}),
    ...(tags && { tags }),
    ...(granted && { acl: granted }),
  }
}

/** A private ACL is the default: it needs no header. */
function unlessPrivate(acl: Acl | undefined): Acl | undefined {
  return acl !== undefined && 'canned' in acl && acl.canned === 'private' ? undefined : acl
}

/** Undefined: STANDARD, and no class was requested. */
export function classAtTarget(storageClass: string | undefined, { storageClass: map }: MetadataPolicy): string | undefined {
  return map[storageClass ?? STANDARD] ?? map['*'] ?? storageClass
}

function encryptionAtTarget(
  source: Encryption | undefined,
  { encryption }: MetadataPolicy,
  ownRule: Encryption | undefined,
): Encryption | undefined {
  if (encryption === 'target') return undefined
  if (encryption !== 'keep') return encryption
  if (source === undefined || strength(ownRule) >= strength(source)) return undefined
  return { algorithm: source.algorithm === 'customer' ? 'AES256' : source.algorithm }
}

/** What a reader needs in addition to permission on the bucket, as a rank: nothing, use of a key, the key itself. */
const STRENGTH: Readonly<Record<Encryption['algorithm'], number>> = { AES256: 1, 'aws:kms': 2, 'aws:kms:dsse': 3, customer: 3 }

/** The strength of an encryption whose readers need permission to use a key. */
export const KEY_NEEDED = STRENGTH['aws:kms']

export function strength(encryption: Encryption | undefined): number {
  return encryption === undefined ? 0 : STRENGTH[encryption.algorithm]
}
