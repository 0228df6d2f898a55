import { AbortMultipartUploadCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKS } from '../../src/doctor/report.js'
import { type CliResult, runCli, Sandbox, startCli } from '../support/cli.js'
import { parseExamination, verdictsOf } from '../support/doctor-reports.js'
import { DENIED, type Fault, FaultProxy, UNAVAILABLE } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { Oracle } from '../support/servers.js'
import { until } from '../support/until.js'

/** The doctor where little or nothing is allowed or works. */
let sandbox: Sandbox
let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let oracle: Oracle

beforeEach(async () => {
  sandbox = await Sandbox.make()
  server = await startEmbedded()
  proxy = await FaultProxy.start(server.url)
  oracle = new Oracle(server.url)
})

afterEach(async () => {
  sandbox.remove()
  await proxy.stop()
  await server.stop()
})

const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_T: proxy.url })
const doctor = (...args: string[]): Promise<CliResult> => runCli(sandbox, ['doctor', ...args], { env: env() })
const buckets = async (): Promise<number> => (await oracle.client.send(new ListBucketsCommand({}))).Buckets?.length ?? 0

describe('a server that refuses everything', () => {
  it.each<[string, Fault, string, RegExp]>([
    ['403', DENIED, 'AccessDenied', /denied CreateBucket/],
    ['503', UNAVAILABLE, 'ServiceUnavailable', /is temporarily unavailable/],
    ['503 SlowDown', { kind: 'answer', status: 503, code: 'SlowDown' }, 'SlowDown', /is throttling requests/],
    [
      'a wrong key',
      { kind: 'answer', status: 403, code: 'InvalidAccessKeyId' },
      'InvalidAccessKeyId',
      /does not know the access key/,
    ],
    ['a reset', { kind: 'reset' }, 'ConnectionReset', /closed the connection/],
    ['silence', { kind: 'silence' }, 'FirstByteTimeout', /did not answer/],
  ])('with %s: exit 3 soon, the whole table, and why', async (_, fault, code, says) => {
    proxy.rules = [{ fault }]
    const began = Date.now()
    const result = await doctor('T', '--json')
    expect(Date.now() - began).toBeLessThan(15_000)
    expect(result.code).toBe(3)
    const examination = parseExamination(result.stdout)
    expect(examination).toMatchObject({ bucket: null, cleaned: true, left: [], error: { code } })
    expect(examination.checks).toHaveLength(CHECKS.length)
    expect(examination.checks.filter(({ verdict }) => verdict === 'yes').length).toBeLessThanOrEqual(2)
    expect(result.stderr).toMatch(says)
  })

  it('and a bucket that is named: the same', async () => {
    proxy.rules = [{ fault: DENIED }]
    const { code, stdout } = await doctor('T:photos', '--json')
    expect(code).toBe(3)
    expect(verdictsOf(parseExamination(stdout))).toMatchObject({ reachable: 'yes', credentials: 'no', acl: 'unknown' })
  })

  it('where nothing listens: exit 3', async () => {
    await proxy.refuse()
    const { code, stdout, stderr } = await doctor('T')
    expect(code).toBe(3)
    expect(stdout).toMatch(/✗ reachable +ListBuckets: ConnectionRefused/)
    expect(stdout).toMatch(/\n1 no, \d+ unknown\.\n$/)
    expect(stderr).toMatch(/✗ Nothing answers at http.*\n {2}Check that the server is running/)
  })
})

describe('a login that may', () => {
  it('not make buckets is told to name one', async () => {
    proxy.rules = [{ fault: DENIED, when: ({ operation }) => operation === 'CreateBucket' }]
    const { code, stdout } = await doctor('T')
    expect(code).toBe(0)
    expect(stdout).toMatch(/✗ scratch +CreateBucket: 403 AccessDenied\n +→ .*name one.* doctor NAME:BUCKET/)
  })

  it('only read: what can be asked by reading is asked, the rest is denied', async () => {
    const bucket = await oracle.bucketWith({ one: 'first content', three: 'third content', two: 'second content' })
    proxy.rules = [{ fault: DENIED, when: ({ method }) => method !== 'GET' && method !== 'HEAD' }]
    const { code, stdout } = await doctor(`T:${bucket}`, '--json')
    expect(code).toBe(0)
    const { checks, left } = parseExamination(stdout)
    expect(left).toEqual([])
    const of = Object.fromEntries(checks.map(({ check, verdict, detail }) => [check, `${verdict}: ${detail}`]))
    expect(of).toMatchObject({
      scratch: 'no: PutObject: 403 AccessDenied',
      'key-order': 'yes: UTF-8 bytes, of 3 keys',
      'start-after': 'yes: a listing can start anywhere',
      ranges: 'yes: 206, exactly the requested bytes',
      'conditional-reads': 'yes: If-Match: 412',
      multipart: 'no: PutObject: 403 AccessDenied',
      throughput: 'no: PutObject: 403 AccessDenied',
    })
  })

  it('not look at a bucket that is not there: exit 3', async () => {
    const { code, stdout, stderr } = await doctor('T:nowhere')
    expect(code).toBe(3)
    expect(stderr).toMatch(/"nowhere" does not exist/)
    // The checks that were not made are counted, not listed one by one.
    expect(stdout.split('\n').length).toBeLessThan(12)
    expect(stdout).toMatch(/\d+ unknown\./)
  })
})

describe('a server that drops a leading slash', () => {
  it.each([
    ['of keys', (path: string) => path.replace('//lead', '/lead')],
    ['of keys and prefixes', (path: string) => path.replace('//lead', '/lead').replace('prefix=%2Flead', 'prefix=lead')],
  ])('%s: the finding names the key and what became of it', async (_what, rename) => {
    proxy.rename = rename
    const { checks } = parseExamination((await doctor('T', '--json')).stdout)
    expect(checks.find(({ check }) => check === 'keys-slashes')).toMatchObject({ verdict: 'partly', detail: '/lead became lead' })
  })
})

describe('what can’t be removed', () => {
  it('is named, all of it: exit 1', async () => {
    proxy.rules = [{ fault: DENIED, when: ({ method, operation }) => method === 'DELETE' || operation === 'DeleteObjects' }]
    const { code, stdout, stderr } = await doctor('T', '--json')
    expect(code).toBe(1)
    const { cleaned, left, bucket } = parseExamination(stdout)
    expect(cleaned).toBe(false)
    expect(left[0]).toEqual({ kind: 'bucket', bucket })
    const named = left.flatMap(({ kind, key }) => (kind === 'object' ? [key] : [])).sort()
    expect(named).toEqual(await oracle.keys(bucket ?? ''))
    expect(left.filter(({ kind }) => kind === 'upload').length).toBeGreaterThan(0)
    expect(stderr).toMatch(/✗ Could not be removed.*\n {2}bucket s3-sync-doctor-/)
  })

  it('but goes with the bucket, is not named, and changes no verdict', async () => {
    const { checks } = parseExamination((await doctor('T', '--json')).stdout)
    // The server removes the upload, and answers that this is not allowed.
    proxy.rules = [{ fault: DENIED, when: ({ operation }) => operation === 'AbortMultipartUpload' }]
    proxy.onRequest = async ({ operation, bucket, key, query }) => {
      if (operation !== 'AbortMultipartUpload') return
      const upload = { Bucket: bucket, Key: key, UploadId: query.get('uploadId') ?? '' }
      await oracle.client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined)
    }
    const { code, stdout } = await doctor('T', '--json')
    expect(code).toBe(0)
    const examination = parseExamination(stdout)
    expect(examination).toMatchObject({ cleaned: true, left: [] })
    expect(verdictsOf(examination)).toEqual(Object.fromEntries(checks.map(({ check, verdict }) => [check, verdict])))
    expect(await buckets()).toBe(0)
  })

  it('because the server went away: exit 3, and the bucket is named', async () => {
    const running = startCli(sandbox, ['doctor', 'T', '--json'], { env: env() })
    proxy.rules = [{ fault: { kind: 'delay', ms: 20 } }]
    await until('parts are uploaded', () => (proxy.counts.get('UploadPart') ?? 0) > 0)
    await proxy.refuse()
    const { code, stdout } = await running.finished
    expect(code).toBe(3)
    const { left, bucket, error } = parseExamination(stdout)
    expect(error?.code).toBe('ConnectionRefused')
    expect(left[0]).toEqual({ kind: 'bucket', bucket })
  })

  it('a second Ctrl+C does not wait for', async () => {
    proxy.rules = [
      { fault: { kind: 'silence' }, when: ({ method }) => method === 'DELETE' },
      { fault: { kind: 'delay', ms: 50 } },
    ]
    const running = startCli(sandbox, ['doctor', 'T'], { env: env() })
    await until('objects are written', () => (proxy.counts.get('PutObject') ?? 0) > 3)
    running.kill('SIGINT')
    await until('it cleans up', () => (proxy.faults.get('silence') ?? 0) > 0)
    const asked = Date.now()
    running.kill('SIGINT')
    expect(await running.finished).toMatchObject({ code: 130 })
    expect(Date.now() - asked).toBeLessThan(2_000)
  })
})

describe('for programs', () => {
  it('--json-file gets the object, --quiet shows only what is wrong', async () => {
    const { code, stdout } = await doctor('T', '--quiet', '--json-file', 'found.json')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^✗ url-encoding/)
    expect(stdout).not.toMatch(/^✓/m)
    const { checks } = parseExamination(readFileSync(join(sandbox.cwd, 'found.json'), 'utf8'))
    expect(checks).toHaveLength(CHECKS.length)
    expect(await buckets()).toBe(0)
  })

  it.each([
    [['doctor'], /which connection/],
    [['doctor', 'Q'], /no connection "Q"/],
    [['doctor', 'T:photos/2026'], /names a prefix/],
    [['doctor', './photos'], /is a directory/],
    [['doctor', 'T', 'T:photos'], /one word too many/],
    [['doctor', 'T', '--workers', '3'], /--workers/],
    [['doctor', 'T', '--json-file', 'nowhere/found.json'], /--json-file/],
  ])('%j: exit 2', async (args, says) => {
    const { code, stderr } = await runCli(sandbox, args, { env: env() })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(says) })
  })
})
