import {
  CreateBucketCommand,
  GetObjectAclCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { runCli, Sandbox } from '../support/cli.js'
import { parseSummary, type JsonSummary } from '../support/reports.js'
import { Oracle, type TestServer, testServers, uniqueBucket } from '../support/servers.js'

/**
 * An object that is all it can be goes from moto, which holds everything, to each server: each property arrives there, by the plain SDK's
 * word, or the report says that it was lost. Where no moto runs, from the embedded server, which holds a few.
 */
const servers = testServers()
const source = servers.find(({ name }) => name === 'moto') ?? servers[0]
const holdsEverything = source?.name === 'moto'

const DAY = 24 * 3_600_000
const UNTIL = new Date(Math.ceil(Date.now() / DAY + 1) * DAY)
const BODY = 'everything that an object can be'

const EVERYTHING: Omit<PutObjectCommandInput, 'Bucket' | 'Key'> = {
  Body: BODY,
  ContentMD5: createHash('md5').update(BODY).digest('base64'),
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
let bucket: string

beforeEach(async () => {
  if (source === undefined) throw new Error('there is always the embedded server')
  sandbox = await Sandbox.make()
  from = await source.open()
  const oracle = new Oracle(from.url)
  bucket = uniqueBucket('all')
  await oracle.client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }))
  await oracle.put(bucket, 'everything', EVERYTHING)
  await oracle.put(bucket, 'plain', 'nothing but bytes')
})

afterEach(async () => {
  sandbox.remove()
  await from.stop()
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
  const opened = target === source ? { url: from.url, stop: () => Promise.resolve() } : await target.open()
  const { code, stdout } = await runCli(sandbox, [`A:${bucket}`, `B:${to}`, '--yes', '--json', '--acl', 'copy', ...options], {
    env: { S3_SYNC_CONNECTION_A: from.url, S3_SYNC_CONNECTION_B: opened.url },
  })
  return { summary: parseSummary(stdout), code, target: new Oracle(opened.url) }
}

/** The law: what is not at the target as it is at the source is what the report names, and nothing else. */
async function expectToldOrThere(summary: JsonSummary, target: Oracle, to: string, key: string): Promise<readonly string[]> {
  const [here, there] = [await propertiesOf(new Oracle(from.url), bucket, key), await propertiesOf(target, to, key)]
  const isLost = (name: string): boolean => JSON.stringify(here[name]) !== JSON.stringify(there[name])
  const told = summary.losses?.named.find((one) => one.key === key)?.losses.map(({ property }) => property) ?? []
  expect([...new Set(told)].filter((name) => name !== 'checksum').sort()).toEqual(Object.keys(here).filter(isLost).sort())
  return told
}

for (const server of servers) {
  describe(`to ${server.name}`, () => {
    it.each([[[]], [['--no-server-side-copy']]])(
      'each property arrives, or is said to be lost %j',
      async (options) => {
        const to = uniqueBucket('copy')
        const { summary, code, target } = await sync(server, to, ...options)
        expect(code).toBe(0)
        expect(summary.totals).toMatchObject({ copied: 2, failed: 0 })
        expect((await target.get(to, 'everything')).bytes.toString()).toBe(BODY)
        const lost = await expectToldOrThere(summary, target, to, 'everything')
        if (server === source && holdsEverything) expect(lost).toEqual([])
      },
      60_000,
    )
  })
}
