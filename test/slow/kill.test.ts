import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sandbox, runCli, startCli, type RunningCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { seededBytes, seededRandom } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, testServers, uniqueBucket } from '../support/servers.js'

/** VersityGW where it runs: it tells the parts of uploads, which the embedded server does not, and is quick. */
const servers = testServers()
const server = servers.find(({ name }) => name === 'versitygw') ?? servers.at(0)

const MiB = 2 ** 20
const OBJECTS = 5_000
const LARGE = 2
const WORKERS = 8
const KILLS = 50

let sandbox: Sandbox
let oracle: Oracle
let proxy: FaultProxy
let source: string
let target: string
let stop: () => Promise<void>

beforeEach(async () => {
  if (server === undefined) throw new Error('there is always the embedded server')
  sandbox = await Sandbox.make()
  const opened = await server.open()
  oracle = new Oracle(opened.url)
  proxy = await FaultProxy.start(opened.url)
  stop = async () => {
    await proxy.stop()
    await opened.stop()
  }
  source = await oracle.bucketWith(
    Object.fromEntries(Array.from({ length: OBJECTS - LARGE }, (_, i) => [`dir${i % 7}/o${i}`, seededBytes(i, 100)])),
  )
  for (let i = 0; i < LARGE; i++) await oracle.putInParts(source, `large${i}`, Buffer.alloc(66 * MiB, `large ${i} `), 8 * MiB)
  target = uniqueBucket('target')
  // So slowly that the run is not over before it was killed often enough.
  proxy.rules = [
    { fault: { kind: 'delay', ms: 25 }, when: ({ operation }) => operation === 'PutObject' || operation === 'UploadPart' },
  ]
})

afterEach(async () => {
  sandbox.remove()
  await stop()
})

const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: proxy.url })
const cli = (...args: string[]) => runCli(sandbox, args, { env: env(), timeoutMs: 120_000 })

/** The run from its beginning, or from where its journal says it came to. */
const start = (): RunningCli => {
  const [run] = journals()
  const words = run === undefined ? [`A:${source}`, `B:${target}`, '--no-server-side-copy'] : ['runs', 'resume', run]
  return startCli(sandbox, [...words, '--yes', '--quiet', '-w', String(WORKERS)], { env: env(), timeoutMs: 120_000 })
}

function journals(): string[] {
  try {
    return readdirSync(join(sandbox.temp, 'runs'))
  } catch {
    return []
  }
}

const stored = (): number => (proxy.counts.get('PutObject') ?? 0) + (proxy.counts.get('CompleteMultipartUpload') ?? 0)

describe(`a run of ${OBJECTS} objects on ${server?.name ?? ''} that is ended ${KILLS} times, at random moments, and resumed each time`, () => {
  it.each([
    [
      'kill -9',
      (running: RunningCli): Promise<void> => {
        running.kill('SIGKILL')
        return Promise.resolve()
      },
    ],
    [
      'Ctrl+C, and kill -9 a quarter of a second later',
      async (running: RunningCli): Promise<void> => {
        running.kill('SIGINT')
        await sleep(250)
        running.kill('SIGKILL')
      },
    ],
  ] as const)(
    '%s: in the end both sides are equal, next to nothing was copied twice, and no upload is open',
    async (_how, end) => {
      const random = seededRandom(3)
      let kills = 0
      while (kills < KILLS) {
        const running = start()
        await sleep(200 + random() * 500)
        await end(running)
        const { code }: { readonly code: number | null } = await running.finished
        // 0: it was done before it could be ended.
        if (code === 0) break
        kills++
      }
      expect(kills).toBe(KILLS)
      proxy.rules = []
      expect(await start().finished).toMatchObject({ code: 0, stderr: '' })

      expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))
      expect(stored()).toBeLessThanOrEqual(OBJECTS + WORKERS * KILLS)
      const verified = await cli('verify', `A:${source}`, `B:${target}`, '--json')
      expect(verified.code).toBe(0)
      const { verification } = parseSummary(verified.stdout)
      expect(verification).toMatchObject({ compared: OBJECTS, equal: OBJECTS, different: 0, failed: 0 })
      const { Uploads = [] } = await oracle.client.send(new ListMultipartUploadsCommand({ Bucket: target }))
      expect(Uploads).toEqual([])
      const shown = parseSummary((await cli('runs', 'show', journals()[0] ?? '', '--json')).stdout)
      expect(shown).toMatchObject({ status: 'completed', totals: { listed: OBJECTS, failed: 0 } })
      expect(shown.totals.copied + shown.totals.skipped).toBe(OBJECTS)
    },
  )
})
