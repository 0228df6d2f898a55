import { describe, expect, it } from '@jest/globals'
import { refusalOf } from '../../../../src/io/s3/answers/error-response.js'
import { PATH_STYLE_REFUSED } from '../../../../src/io/s3/quirks.js'
import type { FailureKind, FailureReason } from '../../../../src/pipeline/ports/failure.js'
import { errorXml } from '../http/server.js'

/** Where the codes are from. None was provoked at the provider. */
const SOURCES = {
  aws: 'https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html',
  sdk: 'node_modules/@smithy/core, service-error-classification/constants.js',
  r2: 'https://developers.cloudflare.com/r2/api/error-codes/',
  minio: 'github.com/minio/minio, cmd/api-errors.go',
  oss403: 'https://www.alibabacloud.com/help/en/oss/user-guide/http-403-error-code',
  oss503: 'https://help.aliyun.com/zh/oss/user-guide/http-status-code-503',
  ossToken: 'https://www.alibabacloud.com/help/en/oss/support/0002-00000007 (the code: OSS clients)',
  cos: 'https://intl.cloud.tencent.com/document/api/436/7730',
  obs: 'https://docs.sc.otc.t-systems.com/object-storage-service/api-ref/error_codes.html',
  wasabi: 'https://docs.wasabi.com/docs/rest-api-introduction',
  supabase: 'https://github.com/supabase/storage/blob/master/src/internal/errors/codes.ts',
  spaces: 'https://github.com/thephpleague/flysystem-aws-s3-v3/issues/278',
  gcs: 'https://github.com/nextcloud/server/issues/12537',
} as const

interface Meaning {
  readonly kind: FailureKind
  readonly reason?: FailureReason
  /** The code of the S3 API, if the provider has another one for it. */
  readonly code?: string
}
const THROTTLED: Meaning = { kind: 'throttled' }
const ARCHIVED: Meaning = { kind: 'permanent', reason: 'archived' }
const EXPIRED: Meaning = { kind: 'fatal', code: 'ExpiredToken' }

const CODES: readonly (readonly [provider: string, status: number, code: string, Meaning, keyof typeof SOURCES])[] = [
  ['Amazon S3', 503, 'SlowDown', THROTTLED, 'aws'],
  ['Amazon S3', 400, 'RequestThrottled', THROTTLED, 'sdk'],
  ['Amazon S3', 400, 'RequestThrottledException', THROTTLED, 'sdk'],
  ['Amazon S3', 400, 'ThrottledException', THROTTLED, 'sdk'],
  ['Amazon S3', 400, 'TooManyRequestsException', THROTTLED, 'sdk'],
  ['Amazon S3', 400, 'BandwidthLimitExceeded', THROTTLED, 'sdk'],
  ['Cloudflare R2', 429, 'TooManyRequests', THROTTLED, 'r2'],
  ['Cloudflare R2', 401, 'Unauthorized', { kind: 'fatal' }, 'r2'],
  ['Cloudflare R2', 400, 'ClientDisconnect', { kind: 'transient' }, 'r2'],
  ['Alibaba Cloud OSS', 503, 'DownloadTrafficRateLimitExceeded', THROTTLED, 'oss503'],
  ['Alibaba Cloud OSS', 503, 'UploadTrafficRateLimitExceeded', THROTTLED, 'oss503'],
  ['Alibaba Cloud OSS', 503, 'MetaOperationQpsLimitExceeded', THROTTLED, 'oss503'],
  ['Alibaba Cloud OSS', 503, 'TotalQpsLimitExceeded', THROTTLED, 'oss503'],
  ['Alibaba Cloud OSS', 503, 'ActiveRequestLimitExceeded', THROTTLED, 'oss503'],
  ['Alibaba Cloud OSS', 503, 'ServiceUnavailable', { kind: 'transient' }, 'oss503'],
  ['Alibaba Cloud OSS', 403, 'InvalidObjectState', ARCHIVED, 'oss403'],
  ['Alibaba Cloud OSS', 403, 'InvalidSecurityToken', { kind: 'fatal', code: 'InvalidToken' }, 'oss403'],
  ['Alibaba Cloud OSS', 403, 'SecurityTokenExpired', EXPIRED, 'ossToken'],
  ['Alibaba Cloud OSS', 503, 'CpuLimitExceeded', THROTTLED, 'oss503'],
  ['MinIO', 503, 'SlowDownRead', THROTTLED, 'minio'],
  ['MinIO', 503, 'SlowDownWrite', THROTTLED, 'minio'],
  ['MinIO', 503, 'ServerBusy', THROTTLED, 'minio'],
  ['MinIO', 503, 'XMinioServerNotInitialized', { kind: 'transient' }, 'minio'],
  ['Tencent COS', 503, 'SlowDown', THROTTLED, 'cos'],
  ['Tencent COS', 403, 'ExpiredToken', EXPIRED, 'cos'],
  ['Tencent COS', 403, 'InvalidObjectState', ARCHIVED, 'cos'],
  ['Tencent COS', 400, 'RequestTimeOut', { kind: 'transient', code: 'RequestTimeout' }, 'cos'],
  ['Huawei OBS', 429, 'TooManyRequests', THROTTLED, 'obs'],
  ['Huawei OBS', 503, 'SlowDown', THROTTLED, 'obs'],
  ['Huawei OBS', 403, 'InvalidObjectState', ARCHIVED, 'obs'],
  ['Wasabi', 403, 'RequestRateLimitExceeded', THROTTLED, 'wasabi'],
  ['Wasabi', 403, 'InvalidObjectState', ARCHIVED, 'wasabi'],
  ['Supabase', 400, 'ExpiredToken', EXPIRED, 'supabase'],
  ['Supabase', 423, 'ResourceLocked', { kind: 'transient' }, 'supabase'],
  ['DigitalOcean Spaces', 503, 'SlowDown', THROTTLED, 'spaces'],
  ['Google Cloud Storage', 429, 'SlowDown', THROTTLED, 'gcs'],
]

const answered = (status: number, code: string) =>
  refusalOf('GetObject', { status, headers: {}, content: Buffer.from(errorXml(code)) }).failure

describe('the error codes of providers, by their documentation', () => {
  it.each(CODES)('%s: %d %s is %j (%s)', (_provider, status, code, meaning) => {
    expect(answered(status, code)).toMatchObject({ status, code, ...meaning })
  })

  it('throttling is not a denial, although Wasabi gives it the status of one', () => {
    expect(answered(403, 'RequestRateLimitExceeded').reason).toBeUndefined()
    expect(answered(403, 'AccessDenied').reason).toBe('denied')
  })

  it.each([
    ['Alibaba Cloud OSS', 'SecondLevelDomainForbidden', SOURCES.oss403],
    ['Tencent COS', 'PathStyleDomainForbidden', 'not in its list of codes: comments in programs that use minio-go or OpenDAL'],
    ['Huawei OBS', 'VirtualHostDomainRequired', SOURCES.obs],
  ])('%s refuses a bucket in the path with %s (%s)', (_provider, code) => {
    expect(PATH_STYLE_REFUSED.has(code)).toBe(true)
  })
})
