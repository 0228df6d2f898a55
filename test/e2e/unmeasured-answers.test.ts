import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { runCli } from '../support/cli.js'
import { givenProxies } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { uniqueBucket } from '../support/servers.js'

/** Given servers whose answers to a GET of a whole object have no Content-Length: the listing tells the size. */

const MiB = 2 ** 20
/** Too large to be gathered; in parts, so that its ETag proves nothing by itself. */
const LARGE = Buffer.alloc(6 * MiB, seededBytes(5, 1_000_003))

let given: Awaited<ReturnType<typeof givenProxies>>
let bucket: string

beforeAll(async () => {
  given = await givenProxies()
  for (const proxy of [given.proxies.source, given.proxies.target])
    proxy.rules = [
      { fault: { kind: 'unmeasured' }, when: ({ operation }, { range }) => operation === 'GetObject' && range === undefined },
    ]
  bucket = await given.source.bucketWith({ small: 'small', empty: '', plain: LARGE })
  await given.source.putInParts(bucket, 'parts', LARGE, 5 * MiB)
})
afterAll(() => given.stop())

async function run(...args: string[]) {
  const env = { S3_SYNC_CONNECTION_A: given.proxies.source.url, S3_SYNC_CONNECTION_B: given.proxies.target.url }
  const { code, stdout, stderr } = await runCli(given.sandbox, [...args, '--json', '--retry-delay', '10ms'], { env })
  return { code, stderr, summary: parseSummary(stdout) }
}

it.each([
  ['copied', []],
  ['copied in parts of another size', ['--part-size', '8M']],
  ['copied and compared byte by byte', ['--verify', '--deep']],
  ['copied with all versions', ['--versions']],
])('objects are %s', async (_what, options) => {
  const to = uniqueBucket('unmeasured')
  const { code, summary } = await run(`A:${bucket}`, `B:${to}`, '--yes', ...options)
  expect([code, summary.failures]).toEqual([0, []])
  expect((await given.target.get(to, 'parts')).bytes.equals(LARGE)).toBe(true)
})

it('objects whose ETags differ are compared by their bytes', async () => {
  const to = await given.target.bucketWith({ parts: LARGE, plain: LARGE, small: 'small', empty: '' })
  const { code, summary } = await run('verify', `A:${bucket}`, `B:${to}`)
  expect([code, summary.verification]).toMatchObject([0, { compared: 4, equal: 4 }])
})

it('objects come down to a directory and are equal there', async () => {
  expect((await run(`A:${bucket}`, './down', '--yes')).code).toBe(0)
  expect((await run('verify', `A:${bucket}`, './down', '--deep')).summary.verification).toMatchObject({ compared: 4, equal: 4 })
})
