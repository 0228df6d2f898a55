import {
  CreateBucketCommand,
  GetObjectAclCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type PutObjectCommandInput,
  PutObjectLegalHoldCommand,
  PutObjectRetentionCommand,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { runCli, Sandbox } from '../support/cli.js'
import { seededBytes } from '../support/random.js'
import { parseSummary, type JsonSummary } from '../support/reports.js'
import { EMBEDDED, Oracle, type TestServer, testServers, uniqueBucket } from '../support/servers.js'

/**
 * An object that is all it can be goes from moto, which holds everything, to each server: each property arrives there, by the plain SDK's
 * word, or the report says that it was lost. Where no moto runs, from the embedded server, which holds a few.
 */
const servers = [EMBEDDED, ...testServers().filter((server) => server !== EMBEDDED)]
const source = servers.find(({ name }) => name === 'moto') ?? servers[0]
const holdsEverything = source?.name === 'moto'

const MiB = 2 ** 20
const STREAMED = ['--no-server-side-copy']
const DAY = 24 * 3_600_000
const UNTIL = new Date(Math.ceil(Date.now() / DAY + 1) * DAY)
const BODY = 'everything that an object can be'

const EVERYTHING: Omit<PutObjectCommandInput, 'Bucket' | 'Key' | 'Body'> = {
  ContentType: 'text/x-everything',
  CacheControl: 'max-age=60',
  ContentDisposition: 'attachment; filename="a.txt"',
  ContentEncoding: 'identity',
  ContentLanguage: 'de',
  Expires: new Date(Date.UTC(2031, 0, 1)),
  Metadata: { title: 'a title', mtime: '1700000000' },
  Tagging: 'colour=dark%20blue&size=7',
  StorageClass: 'STANDARD_IA',
  ServerSideEncryption: 'AES256',
  WebsiteRedirectLocation: '/elsewhere',
  ObjectLockMode: 'GOVERNANCE',
  ObjectLockRetainUntilDate: UNTIL,
  ObjectLockLegalHoldStatus: 'ON',
  ACL: 'public-read',
}

let sandbox: Sandbox
let from: { readonly url: string; stop(): Promise<void> }
/** Servers of the targets. */
const others: (typeof from)[] = []
let bucket: string

beforeEach(async () => {
  if (source === undefined) throw new Error('there is always the embedded server')
  sandbox = await Sandbox.make()
  from = await source.open()
  const oracle = new Oracle(from.url)
  bucket = uniqueBucket('all')
  await oracle.client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }))
  const ContentMD5 = createHash('md5').update(BODY).digest('base64')
  await oracle.put(bucket, 'everything', { ...EVERYTHING, Body: BODY, ContentMD5 })
  await oracle.put(bucket, 'plain', 'nothing but bytes')
})

afterEach(async () => {
  sandbox.remove()
  for (const each of [from, ...others.splice(0)]) await each.stop()
})

/** What an object is, by the plain SDK's word: by the names that the report has for it. */
async function propertiesOf(oracle: Oracle, of: string, key: string): Promise<Record<string, unknown>> {
  const object = { Bucket: of, Key: key }
  const head = await oracle.client.send(new HeadObjectCommand(object))
  const orNothing = <T>(answer: Promise<T>): Promise<T | undefined> => answer.catch(() => undefined)
  const tags = await orNothing(oracle.client.send(new GetObjectTaggingCommand(object)))
  const acl = await orNothing(oracle.client.send(new GetObjectAclCommand(object)))
  const { CacheControl, ContentDisposition, ContentLanguage, ExpiresString, ObjectLockMode, ObjectLockRetainUntilDate } = head
  return {
    headers: [CacheControl, ContentDisposition, ContentLanguage, ExpiresString],
    metadata: Object.entries(head.Metadata ?? {}).sort(),
    tags: (tags?.TagSet ?? []).map(({ Key, Value }) => `${Key ?? ''}=${Value ?? ''}`).sort(),
    'storage-class': head.StorageClass ?? 'STANDARD',
    encryption: head.ServerSideEncryption,
    redirect: head.WebsiteRedirectLocation,
    retention: [ObjectLockMode, ObjectLockRetainUntilDate?.getTime()],
    'legal-hold': head.ObjectLockLegalHoldStatus,
    acl: acl?.Grants?.flatMap(({ Grantee, Permission }) => (Grantee?.URI === undefined ? [] : [`${Permission} ${Grantee.URI}`])),
  }
}

async function sync(
  target: TestServer,
  to: string,
  ...options: string[]
): Promise<{ summary: JsonSummary; code: number | null; target: Oracle }> {
  const opened = target === source ? from : await target.open()
  if (opened !== from) others.push(opened)
  const { code, stdout } = await runCli(sandbox, [`A:${bucket}`, `B:${to}`, '--yes', '--json', '--acl', 'copy', ...options], {
    env: { S3_SYNC_CONNECTION_A: from.url, S3_SYNC_CONNECTION_B: opened.url },
  })
  return { summary: parseSummary(stdout), code, target: new Oracle(opened.url) }
}

/** The law: what is not at the target as it is at the source is what the report names, and nothing else. */
async function expectToldOrThere(summary: JsonSummary, target: Oracle, to: string, key: string): Promise<readonly string[]> {
  const [here, there] = [await propertiesOf(new Oracle(from.url), bucket, key), await propertiesOf(target, to, key)]
  // What the source does not tell either may be said to be lost: nobody knows.
  const isUntold = (name: string): boolean => name === 'checksum' || here[name] === undefined
  const isLost = (name: string): boolean => JSON.stringify(here[name]) !== JSON.stringify(there[name])
  const told = summary.losses?.named.find((one) => one.key === key)?.losses.map(({ property }) => property) ?? []
  expect([...new Set(told)].filter((name) => !isUntold(name)).sort()).toEqual(Object.keys(here).filter(isLost).sort())
  return told
}

for (const server of servers) {
  describe(`to ${server.name}`, () => {
    it.each([[[]], [STREAMED]])('each property arrives, or is said to be lost %j', async (options) => {
      const to = uniqueBucket('copy')
      const { summary, code, target } = await sync(server, to, ...options)
      expect(code).toBe(0)
      expect(summary.totals).toMatchObject({ copied: 2, failed: 0 })
      expect((await target.get(to, 'everything')).bytes.toString()).toBe(BODY)
      const lost = await expectToldOrThere(summary, target, to, 'everything')
      if (server === source && holdsEverything) expect(lost).toEqual([])
    })
  })
}

/** So large that it goes in parts. */
const LARGE = Buffer.alloc(66 * MiB, seededBytes(7, 1_000_003))

/** An object that was written in parts, with everything: what moto passes over when an upload begins, it takes afterwards. */
async function bucketWithLarge(): Promise<string> {
  const oracle = new Oracle(from.url)
  const made = uniqueBucket('large')
  await oracle.client.send(new CreateBucketCommand({ Bucket: made, ObjectLockEnabledForBucket: true }))
  await oracle.putInParts(made, 'large', LARGE, 8 * MiB, EVERYTHING)
  const object = { Bucket: made, Key: 'large' }
  const Retention = { Mode: 'GOVERNANCE', RetainUntilDate: UNTIL } as const
  await oracle.client.send(new PutObjectRetentionCommand({ ...object, Retention }))
  await oracle.client.send(new PutObjectLegalHoldCommand({ ...object, LegalHold: { Status: 'ON' } }))
  return made
}

;(holdsEverything ? describe : describe.skip)('in parts, from moto, which holds everything', () => {
  let made: string | undefined
  let small: Record<string, unknown>

  beforeEach(async () => {
    small = await propertiesOf(new Oracle(from.url), bucket, 'everything')
    bucket = made ??= await bucketWithLarge()
  })

  it('the source has all of it', async () => {
    expect(await propertiesOf(new Oracle(from.url), bucket, 'large')).toEqual(small)
  })

  const runs = servers.flatMap((server) => {
    if (server.name === 'embedded') return []
    return [
      ...(server === source ? [{ server, name: server.name, options: [] }] : []),
      { server, name: server.name, options: STREAMED },
    ]
  })
  it.each(runs)('to $name each property arrives, or is said to be lost $options', async ({ server, options }) => {
    const to = uniqueBucket('copy')
    const { summary, code, target } = await sync(server, to, ...options, '--workers', '2')
    expect(code).toBe(0)
    const { bytes, ETag } = await target.get(to, 'large')
    expect(bytes.equals(LARGE)).toBe(true)
    // With the source's own part size; the server itself copies it whole.
    if (options.length > 0) expect(ETag).toMatch(/-9"$/)
    const lost = await expectToldOrThere(summary, target, to, 'large')
    if (server === source) expect(lost).toEqual([])
  })
})
