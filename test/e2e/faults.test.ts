import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, type Sandbox, startCli, type CliResult } from '../support/cli.js'
import type { FaultProxy } from '../support/fault-proxy.js'
import { DENIED, SLOW_DOWN, UNAVAILABLE, type Rule } from '../support/fault-proxy.js'
import { givenProxies } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import type { S3Request } from '../support/s3-request.js'
import type { Oracle } from '../support/servers.js'
import { uniqueBucket } from '../support/servers.js'

const MiB = 1024 * 1024

// Faults in general; those that have a name, and what a person reads of them, are in fault-table.test.ts.

let sandbox: Sandbox
let proxies: { source: FaultProxy; target: FaultProxy }
let source: Oracle
let target: Oracle
let stop: () => Promise<void>

beforeEach(async () => {
  ;({ sandbox, proxies, source, target, stop } = await givenProxies({ source: 11, target: 12 }))
})

afterEach(() => stop())

const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url })

const sync = (...args: string[]): Promise<CliResult> =>
  runCli(sandbox, [...args, '--yes', '--json', '--retry-delay', '10ms'], { env: env() })

const objectNamed =
  (name: string) =>
  ({ operation, key }: S3Request): boolean =>
    operation === 'GetObject' && key === name

describe('given faults that pass', () => {
  it('5 % of the requests fail on both sides and 1 % of the bodies are cut: every object arrives intact', async () => {
    const objects = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`o/${i}`, seededBytes(i, 2_000 + i)]))
    const from = await source.bucketWith(objects)
    const to = uniqueBucket('target')
    const unwell: readonly Rule[] = [
      { fault: SLOW_DOWN, share: 0.02 },
      { fault: UNAVAILABLE, share: 0.02 },
      { fault: { kind: 'reset' }, share: 0.01 },
    ]
    proxies.source.rules = [
      ...unwell,
      { fault: { kind: 'cut' }, share: 0.01, when: ({ operation }) => operation === 'GetObject' },
    ]
    proxies.target.rules = unwell

    const { code, stdout } = await sync(`A:${from}`, `B:${to}`)

    expect(code).toBe(0)
    const { totals } = parseSummary(stdout)
    expect(totals).toMatchObject({ listed: 500, copied: 500, failed: 0 })
    expect(totals.recovered).toBeGreaterThan(0)
    expect(totals.retries).toBeGreaterThanOrEqual(totals.recovered)
    expect([...proxies.source.faults.keys()].sort()).toEqual(['answer', 'cut', 'reset'])
    proxies.target.rules = []
    expect(await target.readAll(to)).toEqual(await source.readAll(from))
  })

  it('parts that are cut or refused are sent again: a large object arrives byte for byte', async () => {
    const bytes = Buffer.concat(Array.from({ length: 66 * 16 }, (_, i) => Buffer.alloc(MiB / 16, `block ${i} `)))
    const from = await source.createBucket(uniqueBucket('large'))
    await source.putInParts(from, 'large', bytes, 8 * MiB)
    const to = uniqueBucket('target')
    proxies.source.rules = [{ fault: { kind: 'cut' }, times: 3, when: objectNamed('large') }]
    proxies.target.rules = [{ fault: UNAVAILABLE, times: 2, when: ({ operation }) => operation === 'UploadPart' }]
    expect(await sync(`A:${from}`, `B:${to}`)).toMatchObject({ code: 0 })
    expect((await target.get(to, 'large')).bytes.equals(bytes)).toBe(true)
  })
})

describe('given one object that can never be read', () => {
  const table: [string, Rule['fault'], string, number][] = [
    ['its body is always cut', { kind: 'cut' }, 'TruncatedBody', 3],
    ['reading it is denied', DENIED, 'AccessDenied', 1],
  ]
  it.each(table)(
    'because %s, the others arrive, the exit code is 1 and the summary names it',
    async (_why, fault, code, attempts) => {
      const from = await source.bucketWith({ a: 'first', b: 'never readable', c: 'last' })
      const to = uniqueBucket('target')
      proxies.source.rules = [{ fault, when: objectNamed('b') }]

      const result = await sync(`A:${from}`, `B:${to}`, '--retries', '2')

      expect(result.code).toBe(1)
      const summary = parseSummary(result.stdout)
      expect(summary).toMatchObject({ status: 'partial', totals: { listed: 3, copied: 2, failed: 1, retries: attempts - 1 } })
      expect(summary.failures).toMatchObject([{ bucket: from, key: 'b', operation: 'GetObject', code, attempts }])
      expect(await target.readAll(to)).toEqual({ a: 'first', c: 'last' })
    },
  )
})

describe('given a large source object that changes while it is copied', () => {
  it('between two of its parts: the parts of two versions are never mixed', async () => {
    const [old, young] = [Buffer.alloc(66 * MiB, 'old.'), Buffer.alloc(66 * MiB, 'NEW!')]
    const from = await source.createBucket(uniqueBucket('large'))
    await source.putInParts(from, 'large', old, 8 * MiB)
    const to = uniqueBucket('target')
    let reads = 0
    proxies.source.onRequest = async (request) => {
      if (objectNamed('large')(request) && ++reads === 3) await source.putInParts(from, 'large', young, 8 * MiB)
    }
    const { code } = await sync(`A:${from}`, `B:${to}`)
    expect([0, 1]).toContain(code)
    if (code === 0) expect((await target.get(to, 'large')).bytes.equals(young)).toBe(true)
    else expect(await target.keys(to)).toEqual([])
  })
})

describe('given a file that changes when its upload has been sent and not answered yet', () => {
  it.each([
    ['in one piece', 1_000],
    ['in parts', 66 * MiB],
  ])('%s: what it is at the end is at the target', async (_how, size) => {
    const [directory, file, to] = [join(sandbox.cwd, 'files'), join(sandbox.cwd, 'files/file'), uniqueBucket('target')]
    mkdirSync(directory)
    writeFileSync(file, Buffer.alloc(size, 'old.'))
    let edits = 0
    proxies.target.onRequest = ({ operation }) => {
      if ((operation !== 'PutObject' && operation !== 'CompleteMultipartUpload') || edits++ > 0) return
      const { mtime } = statSync(file)
      writeFileSync(`${file}.new`, Buffer.alloc(size, 'NEW!'))
      utimesSync(`${file}.new`, mtime, mtime)
      renameSync(`${file}.new`, file)
    }
    const result = await sync('./files', `B:${to}`, '--part-size', '8M')
    expect([result.code, parseSummary(result.stdout).totals]).toMatchObject([0, { copied: 1, recovered: 1, failed: 0 }])
    expect((await target.get(to, 'file')).bytes.equals(Buffer.alloc(size, 'NEW!'))).toBe(true)
  })
})

describe('given a listing that fails for good', () => {
  it('the run ends with 3 and says which side', async () => {
    const from = await source.bucketWith({ a: 'a' })
    proxies.source.rules = [{ fault: UNAVAILABLE, when: ({ operation }) => operation.startsWith('ListObjects') }]
    const { code, stderr } = await sync(`A:${from}`, `B:${uniqueBucket('target')}`, '--retries', '1')
    expect(code).toBe(3)
    expect(stderr).toContain('source')
  })
})

it('--max-errors stops a run in which everything fails', async () => {
  const from = await source.bucketWith(Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`o${i}`, 'x'])))
  proxies.source.rules = [{ fault: DENIED, when: ({ operation }) => operation === 'GetObject' }]
  const running = startCli(
    sandbox,
    [`A:${from}`, `B:${uniqueBucket('target')}`, '--yes', '--json', '--max-errors', '5', '-w', '2'],
    {
      env: env(),
    },
  )
  const { code, stdout } = await running.finished
  expect(code).toBe(1)
  const { failed } = parseSummary(stdout).totals
  expect(failed).toBeGreaterThanOrEqual(5)
  expect(failed).toBeLessThan(20)
})
