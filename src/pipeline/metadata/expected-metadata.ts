import { strength } from '../plan/metadata-policy.js'
import type { Failure, FailureReason } from '../ports/failure.js'
import type { Acl, Encryption, Extras, Feature, Loss, Property, Tags } from '../ports/object-metadata.js'
import type { Checksum, ObjectAttributes, ObjectHead } from '../ports/objects.js'

/** The metadata that a copy should have; a write cannot set all of it. */
export interface ExpectedMetadata {
  /** The part that the write sets. */
  readonly extras: Extras
  readonly attributes: ObjectAttributes
  readonly tagCount: number
  /** The minimum encryption. */
  readonly encryption?: Encryption
  readonly checksums: readonly Checksum[]
  /** Losses that do not depend on the target. */
  readonly losses: readonly Loss[]
}

/** A composite checksum depends on the parts, for which the target computes new checksums. */
export const COMPOSITE: Loss = { property: 'checksum', why: 'composite checksum, cannot be copied' }

/** The metadata of a copy, as found at the target. */
export interface ObservedMetadata extends Pick<ObjectHead, 'attributes' | 'properties' | 'checksums' | 'tagCount'> {
  readonly acl?: Acl
}

const HEADERS = ['cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage', 'expires'] as const

/** Whether a HEAD shows no metadata that could be lost, except for the content type, which every server keeps. */
export function isPlain({ attributes, checksums, tagCount, isComposite }: ObjectHead): boolean {
  if (tagCount > 0 || checksums.length > 0 || isComposite === true) return false
  for (const _name in attributes.metadata) return false
  return HEADERS.every((name) => attributes[name] === undefined)
}

/** All features of a copy that could be lost. */
export function featuresOf({ extras, attributes, tagCount, encryption, checksums }: ExpectedMetadata): readonly Feature[] {
  const { storageClass, redirect, retention, legalHold, acl } = extras
  const simple = (property: Property): Feature => ({ property, id: property })
  return [
    ...(Object.keys(attributes.metadata).length > 0 ? [named('metadata', attributes.metadata)] : []),
    ...HEADERS.filter((name) => attributes[name] !== undefined).map((name): Feature => ({ property: 'headers', id: name })),
    ...(tagCount > 0 ? [named('tags', extras.tags ?? {})] : []),
    ...(storageClass === undefined ? [] : [{ property: 'storage-class', id: `storage-class ${storageClass}` } as const]),
    ...(encryption === undefined ? [] : [{ property: 'encryption', id: `encryption ${encryption.algorithm}` } as const]),
    ...(redirect === undefined ? [] : [simple('redirect')]),
    ...(retention === undefined ? [] : [simple('retention')]),
    ...(legalHold === undefined ? [] : [simple('legal-hold')]),
    ...(acl === undefined ? [] : [{ property: 'acl', id: idOfAcl(acl) } as const]),
    ...(checksums.length === 0 ? [] : [{ property: 'checksum', id: `checksum ${namesOf(checksums)}` } as const]),
  ]
}

/** Whether a copy has the expected value of one feature. */
export function isPresent(
  { property, id }: Feature,
  { extras, attributes, tagCount, encryption, checksums }: ExpectedMetadata,
  found: ObservedMetadata,
): boolean {
  switch (property) {
    case 'metadata':
      return Object.entries(attributes.metadata).every(([name, value]) => found.attributes.metadata[name] === value)
    case 'headers':
      return HEADERS.every((name) => name !== id || attributes[name] === found.attributes[name])
    case 'tags':
      return found.tagCount >= tagCount
    case 'storage-class':
      return (found.properties.storageClass ?? 'STANDARD') === extras.storageClass
    case 'encryption':
      return strength(found.properties.encryption) >= strength(encryption)
    case 'redirect':
      return found.properties.redirect === extras.redirect
    case 'retention':
      return (found.properties.retention?.until ?? 0) >= wholeSeconds(extras.retention?.until ?? 0)
    case 'legal-hold':
      return found.properties.legalHold === true
    case 'acl':
      return !isToldBack(extras.acl) || textOf(found.acl) === textOf(extras.acl)
    case 'checksum':
      return checksums.every(({ algorithm, value }) =>
        found.checksums.some((other) => other.algorithm === algorithm && other.value === value),
      )
  }
}

/** Extras whose loss is worth reporting for a file. Files are known to have no storage class, lock or checksum. */
export function missedInFiles({ tags, acl }: Extras): Extras {
  return { ...(tags && { tags }), ...(acl && { acl }) }
}

/** MinIO accepts tags, but only in ASCII (measured); other servers may limit metadata in the same way. */
function named(property: 'metadata' | 'tags', texts: Tags): Feature {
  return { property, id: BEYOND_ASCII.test(JSON.stringify(texts)) ? `${property} beyond ASCII` : property }
}
const BEYOND_ASCII = /[^\x20-\x7e]/

/** Servers report whole seconds. ms */
function wholeSeconds(at: number): number {
  return at - (at % 1_000)
}

/** One feature for each ACL: a target may know some grantees and not others. */
function idOfAcl(acl: Acl): string {
  return `acl ${textOf(acl)}`
}

/** The same text for the same grants in any order. */
function textOf(acl: Acl | undefined): string {
  if (acl === undefined) return ''
  return 'canned' in acl
    ? acl.canned
    : acl.grants
        .map(({ permission, grantee }) => `${permission} ${grantee}`)
        .sort()
        .join(', ')
}

/**
 * Some canned ACLs grant access to the bucket owner or to AWS itself: the reported grants then depend on that owner, so they cannot be
 * compared.
 */
function isToldBack(acl: Acl | undefined): boolean {
  return acl !== undefined && (!('canned' in acl) || TOLD_BACK.has(acl.canned))
}
const TOLD_BACK: ReadonlySet<string> = new Set(['private', 'public-read', 'authenticated-read'])

function namesOf(checksums: readonly Checksum[]): string {
  return checksums.map(({ algorithm }) => algorithm).join('+')
}

/** The extras of a write without refused features. */
export function without(extras: Extras, isRefused: (feature: Feature['id']) => boolean): Extras {
  const { storageClass, encryption, redirect, retention, legalHold, tags, acl } = extras
  return {
    ...(storageClass !== undefined && !isRefused(`storage-class ${storageClass}`) ? { storageClass } : {}),
    ...(encryption && !isRefused(`encryption ${encryption.algorithm}`) ? { encryption } : {}),
    ...(redirect !== undefined && !isRefused('redirect') ? { redirect } : {}),
    ...(retention && !isRefused('retention') ? { retention } : {}),
    ...(legalHold && !isRefused('legal-hold') ? { legalHold } : {}),
    ...(tags && !isRefused(named('tags', tags).id) ? { tags } : {}),
    ...(acl && !isRefused(idOfAcl(acl)) ? { acl } : {}),
  }
}

/**
 * The extras that caused a refused write: those that the error names; all extras if it names none but may concern any; none if it is about
 * something else.
 */
export function blamed(
  { kind, reason, properties = [] }: Failure,
  told: readonly Feature[],
): { readonly features: readonly Feature[]; readonly isNamed: boolean } {
  if (!(kind === 'permanent' || reason === 'not-implemented')) return { features: [], isNamed: false }
  const about = told.filter(({ property }) => properties.includes(property))
  if (about.length > 0) return { features: about, isNamed: true }
  return { features: reason !== undefined && NAMELESS.has(reason) ? told : [], isNamed: false }
}

/**
 * Errors that do not name the cause: an access key may be allowed to write objects but not their metadata; a server may reject an unknown
 * header without naming it.
 */
const NAMELESS: ReadonlySet<FailureReason> = new Set([
  ...(['bad-request', 'invalid-request', 'denied', 'not-allowed', 'not-implemented'] as const),
])

/** The features that the extras of a write set. */
export function toldBy(extras: Extras): readonly Feature[] {
  const { encryption } = extras
  const tagCount = Object.keys(extras.tags ?? {}).length
  return featuresOf({
    extras,
    attributes: { metadata: {} },
    tagCount,
    checksums: [],
    losses: [],
    ...(encryption && { encryption }),
  })
}
