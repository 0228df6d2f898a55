import { describe, expect, it } from '@jest/globals'
import {
  classAtTarget,
  extrasOf,
  KEEP,
  type MetadataPolicy,
  type Source,
  strength,
} from '../../../src/pipeline/plan/metadata-policy.js'
import type { Acl, Encryption, Extras } from '../../../src/pipeline/ports/object-metadata.js'

const NOW = 1_000_000
const PUBLIC: Acl = { canned: 'public-read' }
const GRANTED: Acl = { grants: [{ permission: 'READ', grantee: 'id="someone"' }] }
const SSE_S3: Encryption = { algorithm: 'AES256' }
const KMS: Encryption = { algorithm: 'aws:kms', keyId: 'key-of-the-source' }
const CUSTOMER: Encryption = { algorithm: 'customer' }
const later = { mode: 'GOVERNANCE', until: NOW + 1 } as const
const over = { mode: 'COMPLIANCE', until: NOW } as const

/** The extras of a copy, for a source object, a metadata policy and the default encryption of the target bucket. */
const of = (source: Partial<Source>, metadataPolicy: Partial<MetadataPolicy> = {}, ownRule?: Encryption): Extras =>
  extrasOf({ properties: {}, ...source }, { ...KEEP, ...metadataPolicy }, ownRule, NOW)

describe('the extras of a copy', () => {
  it.each<[what: string, source: Partial<Source>, metadataPolicy: Partial<MetadataPolicy>, Extras]>([
    ['nothing, of an object that is as most are', {}, {}, {}],
    ['its storage class', { properties: { storageClass: 'GLACIER_IR' } }, {}, { storageClass: 'GLACIER_IR' }],
    ['its redirect', { properties: { redirect: '/there' } }, {}, { redirect: '/there' }],
    ['a retention that still lasts', { properties: { retention: later } }, {}, { retention: later }],
    ['no retention that is over', { properties: { retention: over } }, {}, {}],
    ['its legal hold', { properties: { legalHold: true } }, {}, { legalHold: true }],
    ['no locks with --locks off', { properties: { retention: later, legalHold: true } }, { locks: false }, {}],
    ['its tags', { tags: { a: 'b' } }, {}, { tags: { a: 'b' } }],
    ['no ACL, unless it is asked for', { acl: PUBLIC }, {}, {}],
    ['its ACL with --acl copy', { acl: PUBLIC }, { acl: 'copy' }, { acl: PUBLIC }],
    ['its grants with --acl copy', { acl: GRANTED }, { acl: 'copy' }, { acl: GRANTED }],
    ['no word of an ACL that is private', { acl: { canned: 'private' } }, { acl: 'copy' }, {}],
    ['the ACL that was named, whatever it has', { acl: GRANTED }, { acl: PUBLIC }, { acl: PUBLIC }],
  ])('is %s', (_what, source, metadataPolicy, extras) => {
    expect(of(source, metadataPolicy)).toEqual(extras)
  })
})

describe('encryption', () => {
  it.each<
    [source: Encryption | undefined, asked: MetadataPolicy['encryption'], ownRule: Encryption | undefined, Encryption | undefined]
  >([
    [undefined, 'keep', undefined, undefined],
    [SSE_S3, 'keep', undefined, SSE_S3],
    // The bucket does this by default, at least as strong.
    [SSE_S3, 'keep', SSE_S3, undefined],
    [SSE_S3, 'keep', KMS, undefined],
    [KMS, 'keep', KMS, undefined],
    [SSE_S3, 'keep', CUSTOMER, undefined],
    // Weaker: the same algorithm, with the target's own key.
    [KMS, 'keep', SSE_S3, { algorithm: 'aws:kms' }],
    [{ algorithm: 'aws:kms:dsse' }, 'keep', KMS, { algorithm: 'aws:kms:dsse' }],
    // Only the customer has the key.
    [CUSTOMER, 'keep', undefined, SSE_S3],
    [CUSTOMER, 'keep', CUSTOMER, undefined],
    // Requested by the user.
    [KMS, 'target', undefined, undefined],
    [undefined, SSE_S3, KMS, SSE_S3],
    [SSE_S3, { algorithm: 'aws:kms', keyId: 'mine' }, undefined, { algorithm: 'aws:kms', keyId: 'mine' }],
  ])('of %j, requested %j, in a bucket with default %j, is written as %j', (source, encryption, ownRule, told) => {
    const { encryption: given } = of({ properties: source ? { encryption: source } : {} }, { encryption }, ownRule)
    expect(given).toEqual(told)
  })

  it('is ranked by what a reader needs', () => {
    const ranked = [undefined, SSE_S3, KMS, { algorithm: 'aws:kms:dsse' } as const]
    expect(ranked.map(strength)).toEqual([0, 1, 2, 3])
    expect(strength(CUSTOMER)).toBe(3)
  })
})

describe('a storage class', () => {
  it.each<[source: string | undefined, map: MetadataPolicy['storageClass'], target: string | undefined]>([
    [undefined, {}, undefined],
    ['STANDARD_IA', {}, 'STANDARD_IA'],
    ['STANDARD_IA', { STANDARD_IA: 'ONEZONE_IA' }, 'ONEZONE_IA'],
    ['GLACIER_IR', { STANDARD_IA: 'ONEZONE_IA' }, 'GLACIER_IR'],
    // STANDARD is never reported, but it is a class.
    [undefined, { STANDARD: 'STANDARD_IA' }, 'STANDARD_IA'],
    [undefined, { '*': 'STANDARD_IA' }, 'STANDARD_IA'],
    ['GLACIER', { '*': 'STANDARD' }, 'STANDARD'],
    ['GLACIER', { '*': 'STANDARD', GLACIER: 'DEEP_ARCHIVE' }, 'DEEP_ARCHIVE'],
  ])('%s with %j is %s', (source, storageClass, target) => {
    expect(classAtTarget(source, { ...KEEP, storageClass })).toBe(target)
  })
})
