import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, Sandbox, startCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { Oracle, testServers, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

const MiB = 2 ** 20
const PARTS = 14

/** Uploads in parts that are interrupted, and what a resume makes of them. */
describe.each(testServers().map((server) => ({ name: server.name, server })))('given a large object on $name', ({ server }) => {
  const large = Buffer.alloc(PARTS * 5 * MiB - 1_000, 'a large object ')
  let sandbox: Sandbox
  let oracle: Oracle
  let proxy: FaultProxy
  let source: string
  let target: string
  let stop: () => Promise<void>

  beforeAll(async () => {
    const opened = await server.open()
    oracle = new Oracle(opened.url)
    proxy = await FaultProxy.start(opened.url)
    source = await oracle.createBucket(uniqueBucket('source'))
    await oracle.putInParts(source, 'large', large, 5 * MiB)
    stop = async () => {
      await proxy.stop()
      await opened.stop()
    }
  })

  beforeEach(async () => {
    sandbox = await Sandbox.make()
    target = uniqueBucket('target')
  })
  afterEach(() => sandbox.remove())
  afterAll(() => stop())

  /** Open uploads; where a server does not tell, as many as were begun and not ended. */
  const uploads = async (): Promise<number> => {
    const ended = (proxy.counts.get('CompleteMultipartUpload') ?? 0) + (proxy.counts.get('AbortMultipartUpload') ?? 0)
    if (server.traits.has('no-list-parts')) return (proxy.counts.get('CreateMultipartUpload') ?? 0) - ended
    const { Uploads = [] } = await oracle.client.send(new ListMultipartUploadsCommand({ Bucket: target }))
    return Uploads.length
  }
  const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: proxy.url })
  const cli = (...args: string[]) => runCli(sandbox, args, { env: env() })
  const runs = (): string[] => readdirSync(join(sandbox.temp, 'runs'))

  /** Ended by `signal` when several parts are there. */
  async function halfUploaded(signal: NodeJS.Signals): Promise<void> {
    let answered = 0
    proxy.counts.clear()
    proxy.rules = [{ fault: { kind: 'delay', ms: 200 }, when: ({ operation }) => operation === 'UploadPart' && answered++ >= 4 }]
    const running = startCli(sandbox, [`A:${source}`, `B:${target}`, '--yes', '--no-server-side-copy'], { env: env() })
    await until('parts', () => (proxy.counts.get('UploadPart') ?? 0) >= 8)
    running.kill(signal)
    await running.finished
    proxy.rules = []
    proxy.counts.delete('UploadPart')
  }

  it.each(['SIGKILL', 'SIGINT'] as const)(
    '%s: the upload stays for the resume, which sends no part again that is there; after it none is open',
    async (signal) => {
      await halfUploaded(signal)
      expect(await uploads()).toBe(1)
      const { code, stderr } = await cli('runs', 'resume', runs()[0] ?? '', '--quiet')
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect((await oracle.get(target, 'large')).bytes.equals(large)).toBe(true)
      expect(await uploads()).toBe(0)
      const sent = proxy.counts.get('UploadPart') ?? 0
      if (server.traits.has('no-list-parts')) expect(sent).toBe(PARTS)
      else expect(sent).toBeLessThanOrEqual(PARTS - 4)
    },
  )

  it('an object that changes at the source meanwhile is uploaded anew, and nothing stays open', async () => {
    await halfUploaded('SIGKILL')
    const other = Buffer.alloc(large.length, 'another one ')
    await oracle.putInParts(source, 'large', other, 5 * MiB)
    expect(await cli('runs', 'resume', runs()[0] ?? '', '--quiet')).toMatchObject({ code: 0 })
    expect((await oracle.get(target, 'large')).bytes.equals(other)).toBe(true)
    expect(await uploads()).toBe(0)
    await oracle.putInParts(source, 'large', large, 5 * MiB)
  })

  it('runs prune aborts what no run will need, and nothing that is younger', async () => {
    await halfUploaded('SIGKILL')
    const [run] = runs()
    const kept = await cli('runs', 'prune', '--older-than', '1h', '--yes', '--json')
    expect(JSON.parse(kept.stdout)).toEqual({ schema: 1, removed: [] })
    expect(await cli('runs', 'prune', '--older-than', '1ms')).toMatchObject({ code: 2 })
    expect(await uploads()).toBe(1)
    const pruned = await cli('runs', 'prune', '--older-than', '1ms', '--yes', '--json')
    expect(JSON.parse(pruned.stdout)).toEqual({ schema: 1, removed: [run] })
    expect(await uploads()).toBe(0)
    expect(runs()).toEqual([])
  })

  it('runs prune keeps a run whose upload it can’t abort, and says why; later it does', async () => {
    await halfUploaded('SIGKILL')
    const [run = ''] = runs()
    const prune = (S3_SYNC_CONNECTION_B: string) =>
      runCli(sandbox, ['runs', 'prune', '--older-than', '1ms', '--yes'], { env: { ...env(), S3_SYNC_CONNECTION_B } })
    const stays = `Run ${run} was not removed: 1 unfinished upload could not be aborted.`

    await proxy.refuse()
    const away = await prune(proxy.url)
    await proxy.accept()
    expect(away).toMatchObject({ code: 1, stdout: '' })
    expect(away.stderr).toContain(`${stays} Nothing answers at ${new URL(proxy.url).origin}`)
    expect(away.stderr).toContain('Removed 0 runs; 1 run could not be removed.')

    const elsewhere = await prune(oracle.url)
    expect(elsewhere.code).toBe(1)
    expect(elsewhere.stderr).toContain(`${stays} Its target was at ${new URL(proxy.url).origin}; the connection now points to`)
    expect(await uploads()).toBe(1)
    expect(runs()).toEqual([run])

    expect(await prune(proxy.url)).toMatchObject({ code: 0, stdout: expect.stringContaining('Removed 1 run.') })
    expect(await uploads()).toBe(0)
    expect(runs()).toEqual([])
  })
})
