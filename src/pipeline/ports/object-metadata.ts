/** How the server encrypts the bytes. `customer`: with a key that only the customer has (SSE-C). */
export interface Encryption {
  readonly algorithm: 'AES256' | 'aws:kms' | 'aws:kms:dsse' | 'customer'
  /** For KMS; belongs to an account and a region. */
  readonly keyId?: string
}

/** Until when an object version must not be deleted or replaced (Amazon S3 user guide, "Object Lock"). */
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
  /** The target of a website redirect. */
  readonly redirect?: string
  readonly retention?: Retention
  readonly legalHold?: true
}

export const NO_PROPERTIES: Properties = {}

export type Tags = Readonly<Record<string, string>>

/** One grant; the grantee as in request headers: `id="…"`, `uri="…"`, `emailAddress="…"`. */
export interface Grant {
  readonly permission: 'READ' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL'
  readonly grantee: string
}

/** Access to an object: an S3 canned ACL (`public-read`), or single grants. */
export type Acl = { readonly canned: string } | { readonly grants: readonly Grant[] }

/** Metadata that a write sets besides the attributes. Absent: the bucket's default. */
export interface Extras extends Properties {
  /** If absent, a server-side copy keeps the source's tags. */
  readonly tags?: Tags
  readonly acl?: Acl
}

/** Metadata that a copy can lose. `headers`: Cache-Control etc.; `checksum`: one that the server keeps. */
export const PROPERTIES = [
  ...(['metadata', 'headers', 'tags', 'storage-class', 'encryption', 'redirect', 'retention', 'legal-hold', 'acl'] as const),
  ...(['checksum'] as const),
] as const
export type Property = (typeof PROPERTIES)[number]

/** A property that was not copied, and why. */
export interface Loss {
  readonly property: Property
  /** For people, e.g. `refused: InvalidStorageClass`. */
  readonly why: string
}

/** Something that a target either supports for all objects or does not. */
export interface Feature {
  readonly property: Property
  /** A more specific name, e.g. `storage-class GLACIER_IR`: a target may know some classes and not others. */
  readonly id: string
}
