import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { runCli, Sandbox, type CliResult } from '../support/cli.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import { Oracle } from '../support/servers.js'

/** `--buckets` between two endpoints: three buckets at the source, none at the target. */
let sandbox: Sandbox
let servers: Awaited<ReturnType<typeof startEmbedded>>[]
let target: Oracle
let sync: (...args: string[]) => Promise<CliResult>

beforeEach(async () => {
  sandbox = await Sandbox.make()
  const [a, b] = [await startEmbedded(), await startEmbedded()]
  servers = [a, b]
  target = new Oracle(b.url)
  const source = new Oracle(a.url)
  for (const bucket of ['one', 'two', 'three']) {
    await source.createBucket(bucket)
    await source.seed(bucket, { [`in ${bucket}`]: bucket })
  }
  const env = { S3_SYNC_CONNECTION_A: a.url, S3_SYNC_CONNECTION_B: b.url }
  sync = (...args) => runCli(sandbox, ['A:', 'B:', '--yes', '--json', ...args], { env })
})

afterEach(async () => {
  sandbox.remove()
  for (const server of servers) await server.stop()
})

describe('--buckets', () => {
  const table: [string, [source: string, target: string][]][] = [
    [
      'one,three',
      [
        ['one', 'one'],
        ['three', 'three'],
      ],
    ],
    [
      'one=new,two',
      [
        ['one', 'new'],
        ['two', 'two'],
      ],
    ],
    [
      'all',
      [
        ['one', 'one'],
        ['three', 'three'],
        ['two', 'two'],
      ],
    ],
  ]
  it.each(table)('%s', async (buckets, pairs) => {
    const { code, stdout } = await sync('--buckets', buckets)
    expect(code).toBe(0)
    const summary = parseSummary(stdout)
    expect(summary.buckets.map(({ source, target, created }) => [source, target, created]).sort()).toEqual(
      pairs.map(([from, to]) => [from, to, true]).sort(),
    )
    expect(summary.totals.copied).toBe(pairs.length)
    for (const [from, to] of pairs) expect(await target.readAll(to)).toEqual({ [`in ${from}`]: from })
  })

  const refused: [string, string[]][] = [
    ['a source that is not named at all', ['--buckets', '=new']],
    ['two sources for one target', ['--buckets', 'one=same,two=same']],
    ['locations without a bucket and without --buckets', []],
  ]
  it.each(refused)('%s: exit 2, nothing is made', async (_what, args) => {
    expect(await sync(...args)).toMatchObject({ code: 2 })
    for (const bucket of ['one', 'two', 'same', 'new']) await expect(target.keys(bucket)).rejects.toThrow()
  })

  it('a mistyped name: what is wrong is said, and there is nothing to resume', async () => {
    const { code, stderr } = await sync('--buckets', 'onne')
    expect(code).toBe(3)
    expect(stderr).toContain('The bucket "onne" does not exist')
    expect(stderr).not.toContain('runs resume')
    // Where another bucket was copied, there is.
    expect((await sync('--buckets', 'two,onne')).stderr).toContain('runs resume')
  })
})
