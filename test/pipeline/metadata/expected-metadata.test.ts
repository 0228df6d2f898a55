import { describe, expect, it } from '@jest/globals'
import { withReason } from '../../../src/io/failure-reasons.js'
import {
  blamed,
  type ExpectedMetadata,
  featuresOf,
  isPlain,
  isPresent,
  type ObservedMetadata,
  toldBy,
  without,
} from '../../../src/pipeline/metadata/expected-metadata.js'
import type { Failure } from '../../../src/pipeline/ports/failure.js'
import type { Extras } from '../../../src/pipeline/ports/object-metadata.js'

const UNTIL = Date.UTC(2031, 0, 1, 12, 0, 0, 500)
const NOTHING: ExpectedMetadata = { extras: {}, attributes: { metadata: {} }, tagCount: 0, checksums: [], losses: [] }
const EMPTY: ObservedMetadata = { attributes: { metadata: {} }, properties: {}, checksums: [], tagCount: 0 }
const CRC = { algorithm: 'CRC32', value: 'aaaaaa==' } as const
const SHA = { algorithm: 'SHA256', value: 'bbbb' } as const

const expected = (more: Partial<ExpectedMetadata>): ExpectedMetadata => ({ ...NOTHING, ...more })
const ids = (more: Partial<ExpectedMetadata>): string[] => featuresOf(expected(more)).map(({ id }) => id)

describe('metadata that can be lost', () => {
  it.each<[Partial<ExpectedMetadata>, features: string[]]>([
    [{}, []],
    [{ attributes: { metadata: {}, contentType: 'text/plain' } }, []],
    [{ attributes: { metadata: { a: 'b', c: 'd' } } }, ['metadata']],
    [{ attributes: { metadata: {}, cacheControl: 'x', expires: 'y' } }, ['cacheControl', 'expires']],
    [{ tagCount: 2 }, ['tags']],
    // MinIO accepts tags, but not these.
    [{ tagCount: 1, extras: { tags: { a: 'ü' } } }, ['tags beyond ASCII']],
    [{ attributes: { metadata: { a: 'ü' } } }, ['metadata beyond ASCII']],
    // A server may support some classes, encryption algorithms, grantees and checksums, and not others.
    [{ extras: { storageClass: 'GLACIER_IR' } }, ['storage-class GLACIER_IR']],
    [{ encryption: { algorithm: 'aws:kms', keyId: 'k' } }, ['encryption aws:kms']],
    [{ extras: { redirect: '/' } }, ['redirect']],
    [{ extras: { retention: { mode: 'GOVERNANCE', until: UNTIL }, legalHold: true } }, ['retention', 'legal-hold']],
    [{ extras: { acl: { canned: 'public-read' } } }, ['acl public-read']],
    [{ extras: { acl: { grants: [{ permission: 'READ', grantee: 'id="x"' }] } } }, ['acl READ id="x"']],
    [{ checksums: [CRC, SHA] }, ['checksum CRC32+SHA256']],
  ])('of %j is %j', (more, features) => {
    expect(ids(more)).toEqual(features)
  })

  it.each([
    ['a content type only', { attributes: { metadata: {}, contentType: 'text/plain' } }, true],
    ['metadata', { attributes: { metadata: { a: 'b' } } }, false],
    ['a header', { attributes: { metadata: {}, contentLanguage: 'de' } }, false],
    ['tags', { tagCount: 1 }, false],
    ['a checksum', { checksums: [CRC] }, false],
    ['a composite checksum', { isComposite: true }, false],
  ] as const)('an object with %s is plain: %j', (_what, more, plain) => {
    expect(isPlain({ size: 0, etag: '', lastModified: 0, ...EMPTY, ...more })).toBe(plain)
  })
})

describe('a feature at the target', () => {
  it.each<[what: string, Partial<ExpectedMetadata>, found: Partial<ObservedMetadata>, boolean]>([
    ['all metadata, and more', { attributes: { metadata: { a: 'b' } } }, { attributes: { metadata: { a: 'b', c: 'd' } } }, true],
    ['metadata of another value', { attributes: { metadata: { a: 'b' } } }, { attributes: { metadata: { a: 'c' } } }, false],
    ['the header', { attributes: { metadata: {}, expires: 'x' } }, { attributes: { metadata: {}, expires: 'x' } }, true],
    ['no header', { attributes: { metadata: {}, expires: 'x' } }, {}, false],
    ['as many tags', { tagCount: 2 }, { tagCount: 2 }, true],
    ['fewer tags', { tagCount: 2 }, { tagCount: 1 }, false],
    ['the class', { extras: { storageClass: 'GLACIER' } }, { properties: { storageClass: 'GLACIER' } }, true],
    ['another class', { extras: { storageClass: 'GLACIER' } }, {}, false],
    ['STANDARD, which nobody tells', { extras: { storageClass: 'STANDARD' } }, {}, true],
    [
      'stronger encryption',
      { encryption: { algorithm: 'AES256' } },
      { properties: { encryption: { algorithm: 'aws:kms' } } },
      true,
    ],
    [
      'weaker encryption',
      { encryption: { algorithm: 'customer' } },
      { properties: { encryption: { algorithm: 'AES256' } } },
      false,
    ],
    ['the redirect', { extras: { redirect: '/a' } }, { properties: { redirect: '/a' } }, true],
    ['another redirect', { extras: { redirect: '/a' } }, { properties: { redirect: '/b' } }, false],
    [
      'the retention in whole seconds',
      { extras: { retention: { mode: 'GOVERNANCE', until: UNTIL } } },
      { properties: { retention: { mode: 'GOVERNANCE', until: UNTIL - 500 } } },
      true,
    ],
    [
      'a shorter retention',
      { extras: { retention: { mode: 'GOVERNANCE', until: UNTIL } } },
      { properties: { retention: { mode: 'GOVERNANCE', until: UNTIL - 1_500 } } },
      false,
    ],
    ['the legal hold', { extras: { legalHold: true } }, { properties: { legalHold: true } }, true],
    ['no legal hold', { extras: { legalHold: true } }, {}, false],
    ['the ACL', { extras: { acl: { canned: 'public-read' } } }, { acl: { canned: 'public-read' } }, true],
    ['another ACL', { extras: { acl: { canned: 'public-read' } } }, { acl: { canned: 'private' } }, false],
    [
      'the grants in another order',
      {
        extras: {
          acl: {
            grants: [
              { permission: 'READ', grantee: 'a' },
              { permission: 'READ_ACP', grantee: 'a' },
            ],
          },
        },
      },
      {
        acl: {
          grants: [
            { permission: 'READ_ACP', grantee: 'a' },
            { permission: 'READ', grantee: 'a' },
          ],
        },
      },
      true,
    ],
    // These grants depend on the bucket owner: often only the owner has one.
    [
      'an ACL that is told as grants',
      { extras: { acl: { canned: 'bucket-owner-full-control' } } },
      { acl: { canned: 'private' } },
      true,
    ],
    ['the checksum', { checksums: [CRC] }, { checksums: [SHA, CRC] }, true],
    ['another checksum', { checksums: [CRC] }, { checksums: [{ ...CRC, value: 'c' }] }, false],
  ])('with %s: %j', (_what, more, found, there) => {
    const asked = expected(more)
    const [feature] = featuresOf(asked)
    expect(feature && isPresent(feature, asked, { ...EMPTY, ...found })).toBe(there)
  })
})

const EVERYTHING: Extras = {
  ...{ storageClass: 'STANDARD_IA', encryption: { algorithm: 'AES256' }, redirect: '/', tags: { a: 'b' }, legalHold: true },
  ...{ retention: { mode: 'GOVERNANCE', until: UNTIL }, acl: { canned: 'public-read' } },
}

describe('refused features are omitted', () => {
  it.each(toldBy(EVERYTHING).map(({ id }) => id))('%s, and nothing else', (id) => {
    const less = toldBy(without(EVERYTHING, (one) => one === id)).map((feature) => feature.id)
    expect(less).toEqual(toldBy(EVERYTHING).flatMap((feature) => (feature.id === id ? [] : [feature.id])))
  })
})

describe('a refusal', () => {
  const refusal = (status: number, code: string, message = code): Failure =>
    withReason({ kind: status === 501 ? 'transient' : 'permanent', operation: 'PutObject', status, code, message })

  it.each<[who: string, Failure, about: string[]]>([
    ['MinIO', refusal(400, 'InvalidStorageClass', 'Invalid storage class.'), ['storage-class']],
    ['MinIO', refusal(501, 'NotImplemented', 'Server side encryption specified but KMS is not configured'), ['encryption']],
    ['MinIO', refusal(400, 'InvalidRequest', 'Bucket is missing ObjectLockConfiguration'), ['retention', 'legal-hold']],
    ['AWS', refusal(400, 'AccessControlListNotSupported', 'The bucket does not allow ACLs'), ['acl']],
    ['AWS', refusal(400, 'InvalidRequest', 'Bucket is missing Object Lock Configuration'), ['retention', 'legal-hold']],
    ['AWS', refusal(403, 'AccessDenied', 'User: u is not authorized to perform: s3:PutObjectTagging on resource: r'), ['tags']],
    ['AWS', refusal(400, 'KMS.NotFoundException', "Key 'arn:aws:kms:k' does not exist"), ['encryption']],
    ['B2', refusal(400, 'InvalidArgument', "Unsupported header 'x-amz-tagging' received for this API call."), ['tags']],
    ['R2', refusal(501, 'NotImplemented', "Header 'x-amz-website-redirect-location' not implemented"), ['redirect']],
  ])('of %s: %j is about what it names', (_who, failure, about) => {
    const { features, isNamed } = blamed(failure, toldBy(EVERYTHING))
    expect(features.map(({ property }) => property)).toEqual(about)
    expect(isNamed).toBe(true)
  })

  it.each([refusal(400, 'InvalidArgument'), refusal(403, 'AccessDenied'), refusal(501, 'NotImplemented')])(
    'that names nothing may be about any feature of the write: %j',
    (failure) => {
      expect(blamed(failure, toldBy(EVERYTHING))).toEqual({ features: toldBy(EVERYTHING), isNamed: false })
      expect(blamed(failure, [])).toEqual({ features: [], isNamed: false })
    },
  )

  it.each([
    refusal(404, 'NoSuchUpload'),
    refusal(412, 'PreconditionFailed'),
    { ...refusal(500, 'InternalError', 'the tag store is down'), kind: 'transient' } as const,
    { ...refusal(503, 'SlowDown'), kind: 'throttled' } as const,
  ])('of another kind is about something else: %j', (failure) => {
    expect(blamed(failure, toldBy(EVERYTHING)).features).toEqual([])
  })

  it('does not match the name of the bucket or of the object', () => {
    const message =
      'User: u is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::staging/oracle/object-lock/x-tags"'
    expect(blamed(refusal(403, 'AccessDenied', message), toldBy(EVERYTHING)).isNamed).toBe(false)
    expect(blamed(refusal(403, 'AccessDenied', 'The key is blocked in stage oracle'), toldBy(EVERYTHING)).isNamed).toBe(false)
  })

  it('that names a feature that was not sent may be about those that were', () => {
    const told = toldBy({ tags: { a: 'b' } })
    expect(blamed(refusal(400, 'InvalidStorageClass'), told)).toEqual({ features: told, isNamed: false })
  })
})
