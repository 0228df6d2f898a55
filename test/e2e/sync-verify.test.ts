import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runCli, type Sandbox, type CliResult } from '../support/cli.js'
import { givenServer } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, testServers, uniqueBucket } from '../support/servers.js'

const MiB = 2 ** 20

/** Each server has its own ETags, checksums and words for the sizes of parts: what is equal must be proven equal on all of them. */
describe.each(testServers().map((server) => ({ name: server.name, server })))('given two buckets of $name', ({ server }) => {
  let sandbox: Sandbox
  let oracle: Oracle
  let stop: () => Promise<void>

  beforeAll(async () => {
    ;({ sandbox, oracle, stop } = await givenServer(server))
  })

  afterAll(() => stop())

  const cli = async (...args: string[]) => {
    const env = { S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: oracle.url }
    const { code, stdout, stderr }: CliResult = await runCli(sandbox, [...args, '--json', '--retry-delay', '10ms'], { env })
    return { code, stderr, ...parseSummary(stdout) }
  }

  it('objects in other parts, or in one piece, are proven equal without being read on both sides', async () => {
    const bytes = Buffer.concat(Array.from({ length: 40 }, (_, i) => Buffer.alloc(MiB / 4, `block ${i} `)))
    const [source, target] = [await oracle.bucketWith({}), await oracle.bucketWith({ 'whole at the target': bytes })]
    await oracle.putInParts(source, 'other parts', bytes, 5 * MiB)
    await oracle.putInParts(target, 'other parts', bytes, 6 * MiB)
    await oracle.putInParts(source, 'whole at the target', bytes, 5 * MiB)
    await oracle.putInParts(source, 'same parts', bytes, 5 * MiB)
    await oracle.putInParts(target, 'same parts', bytes, 5 * MiB)

    const { code, status, verification } = await cli('verify', `A:${source}`, `B:${target}`)
    expect({ code, status }).toEqual({ code: 0, status: 'completed' })
    expect(verification).toMatchObject({ compared: 3, equal: 3, different: 0, failed: 0, differences: [] })
    // Some servers keep a checksum of the whole object, which tells without anything being read.
    const { etag, checksum = 0, recomputed = 0, ...others } = verification?.proofs ?? {}
    expect({ etag, elsewise: checksum + recomputed, others }).toEqual({ etag: 1, elsewise: 2, others: {} })
    expect(await cli('verify', `A:${source}`, `B:${target}`, '--deep')).toMatchObject({
      code: 0,
      verification: { compared: 3, equal: 3, proofs: { bytes: 3 } },
    })
  })

  it('differences are told by name, also one byte in the last part; nothing is written', async () => {
    const bytes = Buffer.alloc(8 * MiB, 'a large object ')
    const other = Buffer.from(bytes)
    other[bytes.length - 1] = 0
    const source = await oracle.bucketWith({ same: 'same', bytes: 'abc', size: 'longer', missing: 'm' })
    const target = await oracle.bucketWith({ same: 'same', bytes: 'xyz', size: 'long', extra: 'e' })
    await oracle.putInParts(source, 'parts', bytes, 5 * MiB)
    await oracle.putInParts(target, 'parts', other, 6 * MiB)
    const before = await oracle.readAll(target)

    const { code, status, verification } = await cli('verify', `A:${source}`, `B:${target}`)

    expect({ code, status }).toEqual({ code: 5, status: 'different' })
    expect(verification).toMatchObject({ compared: 6, equal: 1, different: 5, failed: 0 })
    const told = Object.fromEntries((verification?.differences ?? []).map(({ key, difference }) => [key, difference]))
    expect(told).toMatchObject({ missing: 'missing', extra: 'extra', size: 'size' })
    for (const key of ['bytes', 'parts']) expect(['bytes', 'checksum']).toContain(told[key])
    expect(await oracle.readAll(target)).toEqual(before)
  })

  it.each([[['--no-server-side-copy']], [[]]])(
    '--verify after a sync %j: all that was copied is proven, also what was copied in other parts',
    async (flags) => {
      const objects = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`dir/o${i}`, seededBytes(i, 50 * i)]))
      const source = await oracle.bucketWith(objects)
      await oracle.putInParts(source, 'parts', Buffer.alloc(9 * MiB, 'parts '), 5 * MiB)
      const target = uniqueBucket('target')
      expect(await cli(`A:${source}`, `B:${target}`, '--yes', '--verify', ...flags)).toMatchObject({
        ...{ code: 0, status: 'completed', totals: { listed: 21, copied: 21, failed: 0 } },
        verification: { compared: 21, equal: 21, different: 0, failed: 0 },
      })
      expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))
    },
  )
})
