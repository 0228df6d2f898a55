import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, type Sandbox, startCli, type CliResult } from '../support/cli.js'
import type { FaultProxy } from '../support/fault-proxy.js'
import { DENIED, UNAVAILABLE } from '../support/fault-proxy.js'
import { givenProxies } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import type { Oracle } from '../support/servers.js'
import { uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

const MiB = 2 ** 20

let sandbox: Sandbox
let proxies: { source: FaultProxy; target: FaultProxy }
let source: Oracle
let target: Oracle
let stop: () => Promise<void>

beforeEach(async () => {
  ;({ sandbox, proxies, source, target, stop } = await givenProxies())
})

afterEach(() => stop())

const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url })
const cli = (...args: string[]): Promise<CliResult> => runCli(sandbox, [...args, '--retry-delay', '10ms'], { env: env() })

/** Compares two buckets: its summary beside what a person reads. */
async function verify(from: string, to: string, ...options: string[]) {
  const { code, stdout, stderr } = await cli('verify', from, to, '--json', ...options)
  return { code, text: stderr, summary: parseSummary(stdout) }
}

const READS = /^(Head|List|Get)/

/** Requests of both sides that are more than looking. */
function writes(): string[] {
  return [proxies.source, proxies.target].flatMap(({ counts }) =>
    [...counts.keys()].filter((operation) => !READS.test(operation)),
  )
}

const gets = (): number[] => [proxies.source, proxies.target].map(({ counts }) => counts.get('GetObject') ?? 0)

describe('given two sides that are equal', () => {
  const objects = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`dir-${i % 3}/o${i}`, seededBytes(i, 100 + i)]))

  it('verify ends with 0, tells by what each object was proven, reads no object and asks nothing', async () => {
    const [from, to] = [await source.bucketWith(objects), await target.bucketWith(objects)]
    expect(await verify(`A:${from}`, `B:${to}`)).toMatchObject({
      code: 0,
      text: expect.stringMatching(/30 objects compared: 30 equal\n +equal 30 by ETag[^]*source and target are equal, 30 objects/),
      summary: {
        ...{ status: 'completed', totals: { listed: 0, copied: 0 }, failures: [] },
        verification: { compared: 30, equal: 30, different: 0, failed: 0, proofs: { etag: 30 }, differences: [] },
      },
    })
    expect(gets()).toEqual([0, 0])
    expect(writes()).toEqual([])
  })

  it('--deep reads every object of both sides, whatever the ETags say', async () => {
    const [from, to] = [await source.bucketWith(objects), await target.bucketWith(objects)]
    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`, '--deep')
    expect({ code, verification: summary.verification }).toMatchObject({ code: 0, verification: { proofs: { bytes: 30 } } })
    expect(text).toContain('equal 30 by reading both')
    expect(gets()).toEqual([30, 30])
  })

  it('other part sizes are no difference: an ETag is computed anew with the other side’s parts', async () => {
    const bytes = Buffer.concat(Array.from({ length: 40 }, (_, i) => Buffer.alloc(MiB / 4, `block ${i} `)))
    const [from, to] = [await source.bucketWith({}), await target.bucketWith({ whole: bytes })]
    await source.putInParts(from, 'parts', bytes, 5 * MiB)
    await target.putInParts(to, 'parts', bytes, 6 * MiB)
    await source.putInParts(from, 'whole', bytes, 5 * MiB)
    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`)
    expect(summary.verification).toMatchObject({ compared: 2, equal: 2, proofs: { recomputed: 2 } })
    expect(code).toBe(0)
    expect(text).toContain('equal 2 by an ETag computed from the other side’s bytes')
  })

  it('a directory is compared with a bucket by its bytes', async () => {
    mkdirSync(join(sandbox.cwd, 'files/sub'), { recursive: true })
    writeFileSync(join(sandbox.cwd, 'files/a'), 'a')
    writeFileSync(join(sandbox.cwd, 'files/sub/b'), 'bytes')
    const to = await target.bucketWith({ a: 'a', 'sub/b': 'bytes' })
    expect(await verify('./files', `B:${to}`)).toMatchObject({
      code: 0,
      summary: { verification: { compared: 2, equal: 2, proofs: { recomputed: 2 } } },
    })
    await target.put(to, 'sub/b', 'BYTES')
    expect(await verify('./files', `B:${to}`)).toMatchObject({
      code: 5,
      summary: { verification: { equal: 1, differences: [{ key: 'sub/b', difference: 'bytes' }] } },
    })
  })
})

describe('given two sides that differ', () => {
  it('each difference is told by name, in text and in JSON, with exit code 5; nothing is written', async () => {
    const from = await source.bucketWith({ same: 'same', missing: 'm', size: 'longer', bytes: 'abc', 'x\u001b[1m': 'odd' })
    const to = await target.bucketWith({ same: 'same', extra: 'e', size: 'long', bytes: 'xyz' })
    const before = await target.readAll(to)

    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`)

    expect(code).toBe(5)
    expect(summary).toMatchObject({ status: 'different', verification: { compared: 6, equal: 1, different: 5, failed: 0 } })
    const told = [...(summary.verification?.differences ?? [])].sort((a, b) => (a.key < b.key ? -1 : 1))
    expect(told).toEqual([
      { bucket: from, key: 'bytes', difference: 'bytes' },
      { bucket: to, key: 'extra', difference: 'extra' },
      { bucket: from, key: 'missing', difference: 'missing' },
      { bucket: from, key: 'size', difference: 'size' },
      { bucket: from, key: 'x\u001b[1m', difference: 'missing' },
    ])
    for (const line of [
      `${from}/bytes differs in its bytes`,
      `${to}/extra exists only at the target`,
      `${from}/missing is missing at the target`,
      `${from}/size differs in size`,
      'Source and target differ in 5 objects.',
    ])
      expect(text).toContain(line)
    expect(text).not.toContain('\u001b[1m')
    expect(writes()).toEqual([])
    expect(await target.readAll(to)).toEqual(before)
  })

  it('a target bucket that does not exist lacks every object, and is not made', async () => {
    const from = await source.bucketWith({ a: 'a', b: 'b' })
    const to = uniqueBucket('never')
    expect(await verify(`A:${from}`, `B:${to}`)).toMatchObject({
      code: 5,
      summary: {
        verification: { compared: 2, different: 2, differences: [{ difference: 'missing' }, { difference: 'missing' }] },
      },
    })
    await expect(target.keys(to)).rejects.toMatchObject({ name: 'NoSuchBucket' })
  })

  it('what is not meant is not compared: a prefix, and what is filtered', async () => {
    const from = await source.bucketWith({ 'x/1': '1', 'x/2.tmp': '2', other: 'o' })
    const to = await target.bucketWith({ 'y/1': '1', 'y/3.tmp': '3', another: 'o' })
    expect(await verify(`A:${from}/x`, `B:${to}/y`, '--exclude', '*.tmp')).toMatchObject({
      code: 0,
      summary: { verification: { compared: 1, equal: 1 } },
    })
  })
})

describe('given a comparison that can’t come to its end', () => {
  /** Two objects of which the listings prove nothing, and one that they prove. */
  async function unclear(): Promise<{ readonly from: string; readonly to: string }> {
    const [from, to] = [await source.bucketWith({ plain: 'plain' }), await target.bucketWith({ plain: 'plain' })]
    for (const key of ['one', 'two']) {
      await source.putInParts(from, key, seededBytes(3, 1_000), 5 * MiB)
      await target.put(to, key, seededBytes(3, 1_000))
    }
    return { from, to }
  }

  it('an object that can’t be read is told by name, with exit code 1; the others are compared', async () => {
    const { from, to } = await unclear()
    for (const proxy of [proxies.source, proxies.target])
      proxy.rules = [{ fault: DENIED, when: ({ operation, key }) => operation === 'GetObject' && key === 'one' }]
    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`)
    expect(code).toBe(1)
    expect(summary).toMatchObject({
      ...{ status: 'partial', verification: { compared: 3, equal: 2, different: 0, failed: 1 } },
      failures: [{ bucket: from, key: 'one', operation: 'GetObject', code: 'AccessDenied' }],
    })
    expect(text).toContain(`${from}/one could not be compared: AccessDenied`)
    expect(text).toContain(
      '✗ 1 object could not be compared, all others are equal.\n  Fix the causes. Run the same command again.\n',
    )
    expect(text).not.toMatch(/copied|Done/)
  })

  it('a listing that fails ends it with 3 and the side; nobody reads that the sides are equal', async () => {
    const { from, to } = await unclear()
    proxies.target.rules = [{ fault: UNAVAILABLE, when: ({ operation }) => operation === 'ListObjectsV2' }]
    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`, '--retries', '1')
    expect(code).toBe(3)
    expect(summary).toMatchObject({ status: 'failed', error: { code: 'ServiceUnavailable' } })
    expect(text).toContain('failed at the target')
    expect(text).not.toMatch(/are equal|copied/)
  })

  it('credentials that end on the way end it with 3: no other object could be compared', async () => {
    const { from, to } = await unclear()
    const fault = { kind: 'answer', status: 400, code: 'ExpiredToken' } as const
    proxies.target.rules = [{ fault, when: ({ operation }) => operation === 'GetObject' }]
    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`)
    expect(code).toBe(3)
    expect(summary).toMatchObject({ status: 'failed', error: { code: 'ExpiredToken' } })
    expect(text).toContain('The session token has expired.')
  })

  it('--max-errors ends it early', async () => {
    const { from, to } = await unclear()
    for (const proxy of [proxies.source, proxies.target])
      proxy.rules = [{ fault: DENIED, when: ({ operation }) => operation === 'GetObject' }]
    const { code, text, summary } = await verify(`A:${from}`, `B:${to}`, '--max-errors', '1', '-w', '1')
    expect(code).toBe(1)
    expect(text).toMatch(/1 object could not be compared, .*; the run ended early\./)
    expect(summary.verification).toMatchObject({ failed: 1 })
  })

  it('Ctrl+C ends it at once with 130, and it says how far it came', async () => {
    const { from, to } = await unclear()
    proxies.target.rules = [{ fault: { kind: 'silence' }, when: ({ operation }) => operation === 'GetObject' }]
    const running = startCli(sandbox, ['verify', `A:${from}`, `B:${to}`, '--json'], { env: env() })
    await until('an object is read', () => (proxies.target.counts.get('GetObject') ?? 0) > 0)
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.finished
    expect(code).toBe(130)
    expect(parseSummary(stdout)).toMatchObject({ status: 'interrupted', verification: { compared: 1, equal: 1 } })
    expect(stderr).toContain('Interrupted; 1 object compared so far.')
    expect(stderr).not.toContain('copied')
  })
})

describe('given a sync with --verify', () => {
  const objects = { a: 'aaa', b: 'bbb', c: 'ccc' }
  const sync = async (from: string, to: string, ...options: string[]) => {
    const { code, stdout, stderr } = await cli(`A:${from}`, `B:${to}`, '--yes', '--json', '--verify', ...options)
    return { code, text: stderr, summary: parseSummary(stdout) }
  }

  it('both sides are compared when all is copied', async () => {
    const [from, to] = [await source.bucketWith(objects), await target.createBucket(uniqueBucket('target'))]
    expect(await sync(from, to)).toMatchObject({
      code: 0,
      text: expect.stringMatching(/3 objects compared: 3 equal/),
      summary: {
        ...{ status: 'completed', totals: { listed: 3, copied: 3 } },
        verification: { compared: 3, equal: 3, different: 0, proofs: { etag: 3 } },
      },
    })
  })

  it('what only the target has is a difference, as it is for verify: exit code 5', async () => {
    const [from, to] = [await source.bucketWith(objects), await target.bucketWith({ other: 'stays' })]
    const differences = [{ bucket: to, key: 'other', difference: 'extra' }]
    const verification = { compared: 4, equal: 3, different: 1, differences }
    expect(await sync(from, to)).toMatchObject({ code: 5, summary: { status: 'different', totals: { copied: 3 }, verification } })
    expect(await verify(`A:${from}`, `B:${to}`)).toMatchObject({ code: 5, summary: { verification } })
    expect(await sync(from, to, '--delete', '--max-delete', '50%')).toMatchObject({ code: 0, summary: { status: 'completed' } })
  })

  it('with --delete too, also what came meanwhile', async () => {
    const [from, to] = [await source.bucketWith(objects), await target.createBucket(uniqueBucket('target'))]
    // It comes when the target was listed for the deletes already.
    proxies.target.onRequest = ({ operation }) => (operation === 'PutObject' ? target.put(to, 'late', 'late') : undefined)
    const { code, summary } = await sync(from, to, '--delete')
    expect({ code, differences: summary.verification?.differences }).toEqual({
      code: 5,
      differences: [{ bucket: to, key: 'late', difference: 'extra' }],
    })
  })

  it('a target that somebody changed behind the copies is found out: exit code 5, by name, and the copies stand', async () => {
    const [from, to] = [await source.bucketWith(objects), uniqueBucket('target')]
    // Its bucket is new: the first listing is that of the comparison.
    proxies.target.onRequest = async ({ operation }) => {
      if (operation !== 'ListObjectsV2') return
      proxies.target.onRequest = undefined
      await target.put(to, 'b', 'BBB')
      await target.remove(to, ['c'])
    }
    const { code, text, summary } = await sync(from, to)
    expect(code).toBe(5)
    expect(summary).toMatchObject({
      ...{ status: 'different', totals: { copied: 3, failed: 0 }, verification: { compared: 3, equal: 1, different: 2 } },
    })
    expect(text).toContain(`${from}/b differs in its bytes`)
    expect(text).toContain(`${from}/c is missing at the target`)
    expect(text).toContain('Source and target differ in 2 objects.')
  })

  it('Ctrl+C while it compares ends it with 130; a resume compares, and copies nothing again', async () => {
    const [from, to] = [await source.bucketWith(objects), uniqueBucket('target')]
    await source.putInParts(from, 'parts', seededBytes(3, 1_000), 5 * MiB)
    proxies.target.rules = [{ fault: { kind: 'silence' }, when: ({ operation }) => operation === 'HeadObject' }]
    const running = startCli(sandbox, [`A:${from}`, `B:${to}`, '--yes', '--json', '--verify'], { env: env() })
    await until('it compares', () => (proxies.target.counts.get('HeadObject') ?? 0) > 0)
    running.kill('SIGINT')
    const { code, stdout, stderr } = await running.finished
    expect(code).toBe(130)
    const { run, status, totals } = parseSummary(stdout)
    expect({ status, copied: totals.copied }).toEqual({ status: 'interrupted', copied: 4 })
    expect(stderr).toContain(`Interrupted; 4 objects copied so far.\n  Resume with: s3-sync runs resume ${run}`)

    proxies.target.rules = []
    proxies.target.counts.clear()
    const resumed = await cli('runs', 'resume', run, '--json')
    expect(resumed.code).toBe(0)
    expect(parseSummary(resumed.stdout).verification).toMatchObject({ compared: 4, equal: 4, failed: 0 })
    expect(writes()).toEqual([])
  })

  it('what could not be compared is compared by a resume, and nothing is copied again', async () => {
    const [from, to] = [await source.bucketWith(objects), uniqueBucket('target')]
    await source.putInParts(from, 'parts', seededBytes(3, 1_000), 5 * MiB)
    proxies.target.rules = [{ fault: DENIED, when: ({ operation, key }) => operation === 'HeadObject' && key === 'parts' }]
    const { code, text, summary } = await sync(from, to)
    expect(code).toBe(1)
    expect(summary).toMatchObject({ totals: { copied: 4, failed: 0 }, verification: { compared: 4, equal: 3, failed: 1 } })
    expect(text).toContain(`✗ 1 object could not be compared, 4 objects copied.\n`)
    expect(text).toContain(`s3-sync runs resume ${summary.run}`)

    proxies.target.rules = []
    proxies.target.counts.clear()
    const resumed = await cli('runs', 'resume', summary.run, '--json')
    expect(resumed.code).toBe(0)
    expect(parseSummary(resumed.stdout)).toMatchObject({
      ...{ status: 'completed', totals: { copied: 4, failed: 0 }, failures: [], failuresOmitted: 0 },
      verification: { compared: 4, equal: 4, failed: 0, proofs: { etag: 3, recomputed: 1 } },
    })
    expect(writes()).toEqual([])
  })
})
