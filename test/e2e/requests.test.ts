import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { runCli, type Sandbox, type CliResult } from '../support/cli.js'
import type { FaultProxy } from '../support/fault-proxy.js'
import { givenProxies } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import type { Oracle } from '../support/servers.js'
import { uniqueBucket } from '../support/servers.js'

/** What a run asks of the endpoints, counted in front of them. */
let sandbox: Sandbox
let proxies: { source: FaultProxy; target: FaultProxy }
let source: Oracle
let target: Oracle
let stop: () => Promise<void>

beforeEach(async () => {
  ;({ sandbox, proxies, source, target, stop } = await givenProxies())
})

afterEach(() => stop())

const objects = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`o/${1000 + i}`, seededBytes(i, 1_000 + i)]))

/** A source bucket and an empty target bucket; the counts begin here. */
async function given(same: boolean): Promise<{ from: string; to: string }> {
  return { from: await source.bucketWith(objects), to: await (same ? source : target).createBucket(uniqueBucket('target')) }
}

const sync = (args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<CliResult> =>
  runCli(sandbox, [...args, '--yes', '--json'], {
    env: { S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url, ...more },
  })

const counted = ({ counts }: FaultProxy): Record<string, number> => Object.fromEntries(counts)

describe('a copy asks', () => {
  it('one GET and one PUT for each object; a second run only lists', async () => {
    const { from, to } = await given(false)
    // Each bucket is looked for before a person is asked, and again when its turn comes.
    const bucketsAndPages = { HeadBucket: 2, ListObjectsV2: 1 }
    expect(await sync([`A:${from}`, `B:${to}`])).toMatchObject({ code: 0 })
    // And the source for what it keeps beside the latest versions.
    const looks = { ...bucketsAndPages, GetBucketVersioning: 1 }
    expect(counted(proxies.source)).toEqual({ ...looks, GetObject: 150 })
    expect(counted(proxies.target)).toEqual({ ...bucketsAndPages, PutObject: 150 })
    proxies.source.counts.clear()
    proxies.target.counts.clear()
    expect(await sync([`A:${from}`, `B:${to}`])).toMatchObject({ code: 0 })
    expect(counted(proxies.source)).toEqual(looks)
    expect(counted(proxies.target)).toEqual(bucketsAndPages)
  })

  it('one HEAD more in a run, where objects have metadata: whether the target keeps it', async () => {
    const { from, to } = await given(false)
    const titled = Object.fromEntries(Object.entries(objects).map(([key, Body]) => [key, { Body, Metadata: { title: key } }]))
    await source.seed(from, titled)
    expect(await sync([`A:${from}`, `B:${to}`])).toMatchObject({ code: 0 })
    expect(counted(proxies.source)).toEqual({ HeadBucket: 2, ListObjectsV2: 1, GetObject: 150, GetBucketVersioning: 1 })
    expect(counted(proxies.target)).toEqual({ HeadBucket: 2, ListObjectsV2: 1, PutObject: 150, HeadObject: 1 })
  })

  it.each([
    // One object shows whether each has to be looked at.
    ['one COPY for each object, and no GET', ['--sse', 'bucket'], 1, 1],
    // Only a HEAD shows that an object is encrypted with a key; this server knows encryption. One more shows whether to look.
    ['one HEAD more for each object where its encryption must be kept', [], 2, 151],
  ] as const)('where both sides are one endpoint, %s', async (_, options, rules, heads) => {
    const { from, to } = await given(true)
    expect(await sync([`A:${from}`, `A:${to}`, ...options])).toMatchObject({ code: 0 })
    // What listings do not tell.
    const looks = {
      GetObjectLockConfiguration: rules,
      GetBucketWebsite: rules,
      GetBucketEncryption: rules,
      HeadObject: heads,
      GetBucketVersioning: 1,
    }
    expect(counted(proxies.source)).toEqual({ HeadBucket: 4, ListObjectsV2: 2, CopyObject: 150, ...looks })
  })
})

describe('the SDK', () => {
  /** The chunks of the built tool that a run loaded, as V8's coverage tells. */
  async function loaded(...args: string[]): Promise<string[]> {
    const folder = join(sandbox.root, 'coverage')
    expect(await sync(args, { NODE_V8_COVERAGE: folder })).toMatchObject({ code: 0 })
    const Report = v.object({ result: v.array(v.object({ url: v.string() })) })
    return readdirSync(folder)
      .flatMap((name) => v.parse(Report, JSON.parse(readFileSync(join(folder, name), 'utf8'))).result)
      .map(({ url }) => url.replace(/^.*\/|-[A-Z0-9]{8}\.js$/g, ''))
  }

  it('is not loaded for a connection with plain keys, until a rare request needs it', async () => {
    const { from, to } = await given(false)
    const chunks = await loaded(`A:${from}`, `B:${to}`)
    expect(chunks).toContain('store')
    expect(chunks).not.toContain('sdk-calls')
    // Listing buckets is rare.
    expect(await loaded('A:', 'B:', '--buckets', 'all')).toContain('sdk-calls')
  })
})
