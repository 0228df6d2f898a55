import { PutObjectAclCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runCli, Sandbox } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, type TestServer, testServers, uniqueBucket, type Seed } from '../support/servers.js'

/** What a person asks for of what objects are beside their bytes, and what is said when it can't be had. */
let sandbox: Sandbox
let ended: (() => Promise<void>)[]

beforeEach(async () => {
  sandbox = await Sandbox.make()
  ended = []
})
afterEach(async () => {
  for (const end of ended.reverse()) await end()
  sandbox.remove()
})

/** A bucket with these objects, behind a proxy that counts. */
async function given(server: Pick<TestServer, 'open'>, objects: Readonly<Record<string, Seed>>) {
  const opened = await server.open()
  const proxy = await FaultProxy.start(opened.url)
  ended.push(
    () => opened.stop(),
    () => proxy.stop(),
  )
  const oracle = new Oracle(opened.url)
  return { proxy, oracle, bucket: await oracle.bucketWith(objects) }
}
type Given = Awaited<ReturnType<typeof given>>

/** Copies; what it came to for programs and for people. */
async function sync(from: Given, to: string, target: string, ...options: string[]) {
  const args = [`A:${from.bucket}`, to, '--yes', '--json', '--retry-delay', '10ms', ...options]
  const env = { S3_SYNC_CONNECTION_A: from.proxy.url, S3_SYNC_CONNECTION_B: target }
  const { code, stdout, stderr } = await runCli(sandbox, args, { env })
  return { code, summary: parseSummary(stdout), text: stderr }
}

const embedded = { open: () => startEmbedded() }
const TITLED: Seed = { Body: 'titled', Metadata: { title: 'a title' } }

describe('a directory, which has nothing but bytes and times', () => {
  it('loses the rest: counted by property, named, and kept by name in the journal', async () => {
    const from = await given(embedded, { 'a b': TITLED, plain: 'plain' })
    const { code, summary, text } = await sync(from, './there', '')
    const losses = [{ property: 'metadata', why: 'a file has no such thing' }]
    expect(code).toBe(0)
    expect(summary.losses).toEqual({ objects: { metadata: 1 }, named: [{ bucket: from.bucket, key: 'a b', losses }], omitted: 0 })
    expect(text).toContain(
      `! Metadata not copied: metadata of 1 object\n    ${from.bucket}/a b: metadata (a file has no such thing)\n    The objects themselves were copied.`,
    )
    const shown = (...more: string[]) => runCli(sandbox, ['runs', 'show', summary.run, '--lost', ...more])
    expect((await shown()).stdout).toBe(`${from.bucket}/a b: metadata (a file has no such thing)\n`)
    const json: unknown = JSON.parse((await shown('--json')).stdout)
    expect(json).toEqual({ bucket: from.bucket, key: 'a b', losses })
  })

  it('--strict: an object that loses something has failed, and no other', async () => {
    const from = await given(embedded, { titled: TITLED, plain: 'plain' })
    const { code, summary, text } = await sync(from, './there', '', '--strict')
    expect(code).toBe(1)
    expect(summary.totals).toMatchObject({ listed: 2, copied: 1, failed: 1, retries: 0 })
    const message = 'metadata (a file has no such thing)'
    expect(summary.failures).toMatchObject([{ key: 'titled', code: 'PropertyLost', message, attempts: 1 }])
    expect(summary.losses).toBeUndefined()
    expect(text).toContain(`PropertyLost: Metadata was lost: ${message}. Without --strict`)
  })
})

describe('an archive tier that listings do not tell of', () => {
  it('is found out by the first answer: passed over, nothing tried again', async () => {
    const from = await given(embedded, { cold: 'cold', warm: 'warm' })
    from.proxy.rules = [
      {
        fault: { kind: 'answer', status: 403, code: 'InvalidObjectState' },
        when: ({ operation, key }) => operation === 'GetObject' && key === 'cold',
      },
    ]
    const to = await given(embedded, {})
    const { code, summary, text } = await sync(from, `B:${to.bucket}`, to.proxy.url)
    expect(code).toBe(0)
    expect(summary.totals).toMatchObject({ listed: 2, copied: 1, skipped: 1, failed: 0, retries: 0, reasons: { archived: 1 } })
    expect(from.proxy.counts.get('GetObject')).toBe(2)
    expect(text).toContain('! 1 object is archived')
    expect(text).toContain('Restore them at the source (aws s3api restore-object), wait until that is done, then run this again')
  })
})

const moto = testServers().find(({ name }) => name === 'moto')

;(moto === undefined ? describe.skip : describe)('from moto, which holds everything', () => {
  const server = moto ?? embedded
  const PARTS_OF_IT = { StorageClass: 'STANDARD_IA', Tagging: 'a=b', ACL: 'public-read', Body: 'it' } as const
  const heads = async ({ oracle }: Given, bucket: string, key: string) => {
    const { StorageClass, TagCount } = await oracle.get(bucket, key)
    return { StorageClass, TagCount }
  }
  const both = [[[]], [['--no-server-side-copy']]]

  it.each(both)('--tags off: none arrive, none are missed %j', async (how) => {
    const from = await given(server, { it: PARTS_OF_IT })
    const to = uniqueBucket('to')
    const { summary } = await sync(from, `A:${to}`, '', '--tags', 'off', ...how)
    expect(await heads(from, to, 'it')).toEqual({ StorageClass: 'STANDARD_IA', TagCount: undefined })
    expect([summary.losses, from.proxy.counts.get('GetObjectTagging')]).toEqual([undefined, undefined])
  })

  it.each(both)('--storage-class FROM=TO: one class becomes another, others stay %j', async (how) => {
    const from = await given(server, { it: PARTS_OF_IT, other: { StorageClass: 'ONEZONE_IA', Body: 'o' }, plain: 'p' })
    const to = uniqueBucket('to')
    const { summary } = await sync(from, `A:${to}`, '', '--storage-class', 'STANDARD_IA=GLACIER_IR', ...how)
    const classes = await Promise.all(['it', 'other', 'plain'].map(async (key) => (await heads(from, to, key)).StorageClass))
    expect([classes, summary.losses]).toEqual([['GLACIER_IR', 'ONEZONE_IA', undefined], undefined])
  })

  it.each(both)('--acl public-read: everybody may read them %j', async (how) => {
    const from = await given(server, { plain: 'plain' })
    await from.oracle.client.send(new PutObjectAclCommand({ Bucket: from.bucket, Key: 'plain', ACL: 'private' }))
    const to = uniqueBucket('to')
    const { summary } = await sync(from, `A:${to}`, '', '--acl', 'public-read', ...how)
    const { origin } = new URL(from.oracle.url)
    expect([summary.losses, await (await fetch(`${origin}/${to}/plain`)).text()]).toEqual([undefined, 'plain'])
  })

  it('--strict: what a server can not hold is named, and nothing counts as copied', async () => {
    const from = await given(server, { it: PARTS_OF_IT })
    const to = await given(embedded, {})
    const { code, summary } = await sync(from, `B:${to.bucket}`, to.proxy.url, '--strict')
    expect(code).toBe(1)
    expect(summary.totals).toMatchObject({ copied: 0, failed: 1, retries: 0 })
    expect(summary.failures).toMatchObject([
      { code: 'PropertyLost', message: expect.stringMatching(/^tags \(.*\), storage-class \(.*\)/) },
    ])
  })

  it('archived objects are told apart in the listing: nobody asks for them, and people are told what to do', async () => {
    const archived = { Body: 'cold', StorageClass: 'GLACIER' } as const
    const from = await given(server, { cold: archived, deep: { ...archived, StorageClass: 'DEEP_ARCHIVE' }, warm: 'warm' })
    const to = uniqueBucket('to')
    for (const how of [[], ['--no-server-side-copy']]) {
      from.proxy.counts.clear()
      const { code, summary, text } = await sync(from, `A:${to}`, '', ...how)
      expect(code).toBe(0)
      expect(summary.totals).toMatchObject({ failed: 0, retries: 0, reasons: { archived: 2 } })
      expect(from.proxy.counts.get('GetObject') ?? 0).toBe(0)
      expect(text).toContain('! 2 objects are archived (GLACIER, DEEP_ARCHIVE or an archive tier) and were skipped.')
      expect(text).toContain('Restore them at the source')
    }
    expect(await from.oracle.keys(to)).toEqual(['warm'])
  })
})
