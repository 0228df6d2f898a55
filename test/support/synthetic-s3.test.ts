import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Oracle } from './servers.js'
import { SyntheticS3 } from './synthetic-s3.js'

let server: SyntheticS3
let oracle: Oracle

beforeEach(async () => {
  server = await SyntheticS3.start()
  oracle = new Oracle(server.url)
  await oracle.createBucket('copy')
})

afterEach(() => server.stop())

const MiB = 1024 * 1024

describe('given generated objects', () => {
  beforeEach(() => {
    server.fill('made-up', [
      ...Array.from({ length: 2_500 }, (_, i): [string, number] => [`k/${i}`, 0]),
      ['small', 1_000],
      ['large', 40 * MiB + 1],
    ])
  })

  it('lists them in pages', async () => {
    expect(await oracle.keys('made-up')).toHaveLength(2_502)
    expect(await oracle.keys('made-up', 'la')).toEqual(['large'])
    expect(server.counts.get('ListObjectsV2')).toBe(4)
  })

  it('accepts their bytes as intact under their own keys', async () => {
    await oracle.put('copy', 'small', (await oracle.get('made-up', 'small')).bytes)
    expect(server.buckets.get('copy')?.get('small')).toEqual(server.buckets.get('made-up')?.get('small'))
  })

  const bytesOf = async (key: string): Promise<Buffer> => (await oracle.get('made-up', key)).bytes
  const table: [string, () => Promise<Buffer>][] = [
    ['of another key', () => bytesOf('large')],
    ['with one changed', async () => Buffer.concat([(await bytesOf('small')).subarray(0, -1), Buffer.from('x')])],
    ['that begin too late', async () => (await bytesOf('small')).subarray(1)],
    ['from elsewhere', () => Promise.resolve(Buffer.alloc(1_000))],
  ]
  it.each(table)('detects bytes %s', async (_what, bytes) => {
    await oracle.put('copy', 'small', await bytes())
    expect(server.buckets.get('copy')?.get('small')?.intact).toBe(false)
  })

  it('accepts parts in their places', async () => {
    await oracle.putInParts('copy', 'large', await bytesOf('large'), 16 * MiB)
    expect(server.buckets.get('copy')?.get('large')).toEqual(server.buckets.get('made-up')?.get('large'))
  })

  it('detects swapped parts', async () => {
    const bytes = await bytesOf('large')
    const swapped = Buffer.concat([bytes.subarray(16 * MiB, 32 * MiB), bytes.subarray(0, 16 * MiB), bytes.subarray(32 * MiB)])
    await oracle.putInParts('copy', 'large', swapped, 16 * MiB)
    expect(server.buckets.get('copy')?.get('large')?.intact).toBe(false)
  })
})
