import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { Agent } from 'node:https'
import { join } from 'node:path'
import { CERTIFICATE } from '../io/s3/http/certificate.js'
import { runCli, Sandbox } from '../support/cli.js'
import { minioProgram, startSecureMinio } from '../support/minio.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { uniqueBucket } from '../support/servers.js'

/**
 * SSE-C on both sides: objects that the server can only read with a key that it does not have. On a MinIO of its own that speaks TLS, named by
 * S3_SYNC_TEST_MINIO; without one, skipped.
 */
const program = minioProgram()
const MiB = 2 ** 20
const LARGE = Buffer.alloc(66 * MiB, seededBytes(11, 1_000_003))
const SMALL = Buffer.from('a secret of its owner')
/** For tests only; 32 bytes. */
const [OURS, THEIRS, WRONG] = ['source', 'target', 'wrong'].map((word) => createHash('sha256').update(`test ${word}`).digest())

const withKey = (key: Buffer | undefined) => ({
  SSECustomerAlgorithm: 'AES256',
  SSECustomerKey: key?.toString('base64'),
})

;(program === undefined ? describe.skip : describe)('customer’s keys, on the MinIO that S3_SYNC_TEST_MINIO names', () => {
  let minio: Awaited<ReturnType<typeof startSecureMinio>>
  let client: S3Client
  let bucket: string
  let sandbox: Sandbox

  beforeAll(async () => {
    minio = await startSecureMinio(program ?? '')
    client = new S3Client({
      endpoint: `https://${minio.host}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test-key', secretAccessKey: 'minio-secret-5f1c' },
      requestHandler: { httpsAgent: new Agent({ ca: CERTIFICATE }) },
    })
    bucket = uniqueBucket('sealed')
    await client.send(new CreateBucketCommand({ Bucket: bucket }))
    const metadata = { Metadata: { title: 'sealed' }, Tagging: 'a=b' }
    for (const [Key, Body] of [
      ['small', SMALL],
      ['large', LARGE],
    ] as const)
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body, ...metadata, ...withKey(OURS) }))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'open', Body: 'for the server to read' }))
  })

  afterAll(() => minio.stop())

  beforeEach(async () => {
    sandbox = await Sandbox.make()
    writeFileSync(join(sandbox.root, 'ca.pem'), CERTIFICATE)
    // With a line end, as `openssl rand -base64 32` writes it.
    writeFileSync(join(sandbox.root, 'ours'), `${OURS?.toString('base64') ?? ''}\n`)
    writeFileSync(join(sandbox.root, 'raw'), OURS ?? '')
  })
  afterEach(() => sandbox.remove())

  /** Copies: the source's key from a file, the target's from the environment, where both are given. */
  async function sync(
    to: string,
    { ours = '../ours', theirs = THEIRS }: { ours?: string; theirs?: Buffer | 'none' | undefined },
    ...options: string[]
  ) {
    const url = `https://test-key:minio-secret-5f1c@${minio.host}?ca-file=${encodeURIComponent(join(sandbox.root, 'ca.pem'))}`
    const keys = ours === '' ? [] : ['--source-sse-key', ours]
    const { code, stdout, stderr } = await runCli(
      sandbox,
      [`A:${bucket}`, to, '--yes', '--json', '--retry-delay', '10ms', ...keys, ...options],
      {
        env: {
          ...{ S3_SYNC_CONNECTION_A: url, S3_SYNC_CONNECTION_B: url },
          ...(theirs instanceof Buffer ? { S3_SYNC_TARGET_SSE_KEY: theirs.toString('base64') } : {}),
          ...(OURS ? { S3_SYNC_SOURCE_SSE_KEY: ours === '' ? '' : OURS.toString('base64') } : {}),
        },
      },
    )
    return { code, text: stderr, summary: parseSummary(stdout) }
  }

  async function read(from: string, key: string, sseKey: Buffer | undefined): Promise<Buffer> {
    const answer = await client.send(new GetObjectCommand({ Bucket: from, Key: key, ...withKey(sseKey) }))
    return Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
  }

  it.each([
    // Its checksum is a CRC32, which nobody is told of what is written in parts.
    ['streamed, the large one in parts', '../ours', ['--no-server-side-copy', '--part-size', '16M'], ['large']],
    ['streamed, each in one piece', '../ours', ['--no-server-side-copy'], []],
    ['with a key file of plain bytes', '../raw', ['--no-server-side-copy', '--include', 'small'], []],
    ['by the server itself', '../ours', ['--exclude', 'open'], []],
  ])('%s: what arrives is read with the target’s key, and with no other', async (_way, ours, options, unsummed) => {
    const to = uniqueBucket('to')
    const { code, summary, text } = await sync(`B:${to}`, { ours }, ...options)
    expect(text).not.toContain('refused server-side copy')
    expect([code, summary.totals.failed]).toEqual([0, 0])
    const losses = [{ property: 'checksum', why: 'not kept of what is written in parts' }]
    expect(summary.losses?.named ?? []).toEqual(unsummed.map((key) => ({ bucket, key, losses })))
    for (const key of unsummed) {
      const input = { Bucket: to, Key: key, ChecksumMode: 'ENABLED', ...withKey(THEIRS) } as const
      expect((await client.send(new HeadObjectCommand(input))).ChecksumCRC32).toBeUndefined()
    }
    const keys = options.includes('--include') ? ['small'] : ['small', 'large']
    for (const key of keys) {
      expect((await read(to, key, THEIRS)).equals(key === 'large' ? LARGE : SMALL)).toBe(true)
      for (const other of [OURS, WRONG]) await expect(read(to, key, other)).rejects.toThrow()
      await expect(client.send(new GetObjectCommand({ Bucket: to, Key: key }))).rejects.toThrow()
    }
    const head = await client.send(new HeadObjectCommand({ Bucket: to, Key: 'small', ...withKey(THEIRS) }))
    expect(head).toMatchObject({ Metadata: { title: 'sealed' }, SSECustomerAlgorithm: 'AES256' })
    // What is there already is not copied again.
    const again = await sync(`B:${to}`, { ours }, ...options)
    expect([again.code, again.summary.totals.copied]).toEqual([0, 0])
  })

  it('one that the server can read is copied as well, whatever key there is', async () => {
    const to = uniqueBucket('to')
    const { code } = await sync(`B:${to}`, {}, '--include', 'open')
    expect([code, (await read(to, 'open', THEIRS)).toString()]).toEqual([0, 'for the server to read'])
  })

  it('without a key at the target the bytes arrive, and what guarded them is said to be lost', async () => {
    const to = uniqueBucket('to')
    const { code, summary } = await sync(`B:${to}`, { theirs: 'none' }, '--include', 'small', '--no-server-side-copy')
    expect(code).toBe(0)
    expect(summary.losses).toMatchObject({ objects: { encryption: 1 } })
  })

  it.each([
    ['another key', WRONG, 'CustomerKeyRefused', /is encrypted with another key \(SSE-C\) than the one that was given/],
    ['no key', undefined, 'CustomerKeyMissing', /can't read the object without its owner's key.* --source-sse-key FILE/],
  ])('with %s the object fails at once, and people are told why', async (_what, wrong, code, words) => {
    if (wrong) writeFileSync(join(sandbox.root, 'wrong'), wrong)
    const { text, summary, ...ended } = await sync(
      `B:${uniqueBucket('to')}`,
      { ours: wrong ? '../wrong' : '' },
      '--include',
      'small',
      '--no-server-side-copy',
    )
    expect(ended.code).toBe(1)
    expect(summary.totals).toMatchObject({ copied: 0, failed: 1, retries: 0 })
    expect(summary.failures).toMatchObject([{ key: 'small', code }])
    expect(text).toMatch(words)
  })

  it('a file that holds no key is refused before anything begins', async () => {
    const url = `https://test-key:minio-secret-5f1c@${minio.host}?insecure=true`
    writeFileSync(join(sandbox.root, 'short'), 'too short')
    const { code, stderr } = await runCli(sandbox, [`A:${bucket}`, './to', '--yes', '--source-sse-key', '../short'], {
      env: { S3_SYNC_CONNECTION_A: url },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/--source-sse-key \.\.\/short: that is no key\..*\n.*openssl rand -base64 32/)
  })
})
