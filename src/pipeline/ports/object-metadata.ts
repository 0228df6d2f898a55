/** How a server keeps the bytes encrypted. `customer`: with a key that only its owner has (SSE-C). */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'customer'
  /** Of KMS; belongs to an account and a region. */
  readonly keyId?: string
}

/** Until when an object version may not be deleted or replaced (Amazon S3 user guide, "Object Lock"). */
export interface Retention {
  readonly mode: 'GOVERNANCE' | 'COMPLIANCE'
  /** ms since the epoch */
  readonly until: number
}

/** Metadata of an object besides its attributes, as GET and HEAD return it. Absent: the default. */
export interface Properties {
  /** Other than STANDARD. */
  readonly storageClass?: string
  readonly encryption?: Encryption
  /** Where a website leads whoever asks for it. */
  readonly redirect?: string
  readonly retention?: Retention
  readonly legalHold?: true
}

export const NO_PROPERTIES: Properties = {}

export type Tags = Readonly<Record<string, string>>

/** Whom something is granted, as the headers of a write have it: `id="…"`, `uri="…"`, `emailAddress="…"`. */
export interface Grant {
  readonly permission: 'READ' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL'
  readonly grantee: string
}

/** Who may do what with an object: in S3's short words for it (`public-read`), or one by one. */
export type Acl = { readonly canned: string } | { readonly grants: readonly Grant[] }

/** What a write gives an object beside its attributes. Absent: as the bucket has it. */
export interface Extras extends Properties {
  /** A server-side copy keeps the source's tags where this is absent. */
  readonly tags?: Tags
  readonly acl?: Acl
}

/** What a copy can lose. `headers`: Cache-Control and the like; `checksum`: one that the server keeps. */
export const PROPERTIES = [
  ...(['metadata', 'headers', 'tags', 'storage-class', 'encryption', 'redirect', 'retention', 'legal-hold', 'acl'] as const),
  ...(['checksum'] as const),
] as const
export type Property = (typeof PROPERTIES)[number]

/** A property that did not arrive, and why. */
export interface Loss {
  readonly property: Property
  /** For people; e.g. `refused: InvalidStorageClass`. */
  readonly why: string
}

/** Something that a target may hold or not, and does so for all objects alike. */
export interface Feature {
  readonly property: Property
  /** More exactly, e.g. `storage-class GLACIER_IR`: a target may know some classes and not others. */
  readonly id: string
}
