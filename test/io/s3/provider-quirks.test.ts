import { afterEach, describe, expect, it } from '@jest/globals'
import { errorXml, never, stage, type Stage } from './http/server.js'

let on: Stage | undefined
afterEach(async () => {
  await on?.stop()
  on = undefined
})

const OSS_503 = 'help.aliyun.com/en/oss/user-guide/http-status-code-503'
const OSS_403 = 'alibabacloud.com/help/en/oss/how-to-troubleshoot-403-status-code-when-you-access-oss'

/** Answers that providers document, and the kind of failure that each must be. */
const ANSWERS: [provider: string, status: number, code: string, kind: string, source: string][] = [
  ['Alibaba Cloud OSS', 503, 'ActiveRequestLimitExceeded', 'throttled', OSS_503],
  ['Alibaba Cloud OSS', 503, 'CpuLimitExceeded', 'throttled', OSS_503],
  ['Alibaba Cloud OSS', 503, 'DownloadTrafficRateLimitExceeded', 'throttled', OSS_503],
  ['Alibaba Cloud OSS', 503, 'MetaOperationQpsLimitExceeded', 'throttled', OSS_503],
  ['Alibaba Cloud OSS', 503, 'TotalQpsLimitExceeded', 'throttled', OSS_503],
  ['Alibaba Cloud OSS', 503, 'UploadTrafficRateLimitExceeded', 'throttled', OSS_503],
  ['Alibaba Cloud OSS', 503, 'ServiceUnavailable', 'transient', OSS_503],
  ['Alibaba Cloud OSS', 403, 'InvalidObjectState', 'permanent', OSS_403],
  ['MinIO', 503, 'SlowDownRead', 'throttled', 'cmd/api-errors.go'],
  ['MinIO', 503, 'SlowDownWrite', 'throttled', 'cmd/api-errors.go'],
  ['MinIO', 503, 'ServerBusy', 'throttled', 'cmd/api-errors.go'],
  ['MinIO', 503, 'XMinioServerNotInitialized', 'transient', 'cmd/api-errors.go'],
  ['Tencent COS', 400, 'ExpiredToken', 'fatal', 'cloud.tencent.com/document/api/436/7730'],
  ['Cloudflare R2, refused credentials', 401, 'Unauthorized', 'fatal', 'developers.cloudflare.com/r2/api/error-codes'],
  ['Cloudflare R2, two writes of a key in a second', 429, 'AnyCode', 'throttled', 'developers.cloudflare.com/r2/platform/limits'],
]

describe('given an answer as a provider documents it', () => {
  it.each(ANSWERS)('%s: %d %s is %s (%s)', async (_provider, status, code, kind) => {
    on = await stage((_request, response) => response.writeHead(status).end(errorXml(code)))
    await expect(on.store.get({ bucket: 'b', key: 'k', signal: never })).rejects.toMatchObject({ failure: { code, kind } })
  })

  it('a session token that Alibaba Cloud OSS refuses is a refused token as anywhere else', async () => {
    on = await stage((_request, response) => response.writeHead(403).end(errorXml('InvalidSecurityToken')))
    const read = on.store.get({ bucket: 'b', key: 'k', signal: never })
    await expect(read).rejects.toMatchObject({ failure: { code: 'InvalidToken', kind: 'fatal' } })
  })
})
