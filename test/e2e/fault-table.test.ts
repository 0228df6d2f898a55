import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { BINARY, CLOCK_AHEAD, runCli, Sandbox } from '../support/cli.js'
import { FaultProxy, SLOW_DOWN, UNAVAILABLE, type Fault } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import type { S3Request } from '../support/s3-request.js'
import { Oracle } from '../support/servers.js'

/**
 * The fault table: what goes wrong while a bucket of 120 objects is copied, how that ends, and what a person reads of it. Faults that need
 * a minute are in test/slow/fault-table.test.ts.
 */
const OBJECTS = 120

interface World {
  readonly source: Oracle
  readonly target: Oracle
  readonly proxies: { readonly source: FaultProxy; readonly target: FaultProxy }
  readonly from: string
  readonly to: string
}

interface Row {
  readonly fault: string
  /** Arranges the fault. */
  readonly given?: (world: World) => void | Promise<void>
  /** The program, where the fault is around it. */
  readonly command?: readonly [string, ...string[]]
  readonly options?: readonly string[]
  readonly code: 0 | 1 | 3
  /** Of the summary; `some` is neither none nor all. */
  readonly totals: Readonly<Partial<Record<'copied' | 'failed' | 'retries' | 'recovered', number | 'some'>>>
  /** Why the run could not go on. */
  readonly error?: string
  /** Objects that failed, and why. */
  readonly failed?: Readonly<Record<string, string>>
  /** What a person reads. */
  readonly reads: readonly (string | RegExp)[]
  /** What the target holds that the source does not. */
  readonly astray?: readonly string[]
  /** By the same command, not by a resume: what is gone stays failed in its run. */
  readonly goesOn?: 'again'
  /** What has to happen before it can go on, where it is more than that the rules are gone. */
  readonly cured?: (world: World) => void | Promise<void>
}

const get = ({ operation }: S3Request): boolean => operation === 'GetObject'

/** True once for each key. */
function once(): (request: S3Request) => boolean {
  const seen = new Set<string>()
  return ({ key }) => !seen.has(key) && seen.add(key).has(key)
}

/** True from the request of number `nth` on. */
function since(nth: number): () => boolean {
  let asked = 0
  return () => ++asked >= nth
}

/** Lets `change` happen just before an object is read for the first time. */
function beforeReading(name: string, { proxies: { source } }: World, change: () => Promise<void>): void {
  source.onRequest = async (request) => {
    if (!get(request) || request.key !== name) return
    source.onRequest = undefined
    await change()
  }
}

const MINUTE = 60_000

/** Servers refuse what was signed more than a quarter of an hour ago, or ahead. */
function refuseOtherTimes({ proxies }: World, fault: Fault): void {
  const isOff = (signedAt: string): boolean => {
    const [, ...parts] = /^(....)(..)(..)T(..)(..)(..)Z$/.exec(signedAt) ?? []
    const [year, month, day, hour, minute, second] = parts.map(Number)
    const at = Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second)
    return Math.abs(at - Date.now()) > 15 * MINUTE
  }
  for (const proxy of [proxies.source, proxies.target])
    proxy.rules = [{ fault, when: (_, headers) => isOff(String(headers['x-amz-date'])) }]
}

const done = `Done: ${OBJECTS} objects copied`
const recovered = /\d+ recovered after retries/
const resume = /Resume with: s3-sync runs resume [-\w]+/

const ROWS: readonly Row[] = [
  {
    fault: 'every connection is reset once',
    given: ({ proxies }) => {
      for (const proxy of [proxies.source, proxies.target]) proxy.rules = [{ fault: { kind: 'reset' }, nth: 20 }]
    },
    options: ['-w', '4'],
    ...{ code: 0, totals: { copied: OBJECTS, failed: 0, retries: 'some', recovered: 'some' }, reads: [recovered, done] },
  },
  {
    fault: 'a 503 storm: for a while the target is not available',
    given: ({ proxies }) => {
      const stored = since(50)
      const fault = UNAVAILABLE
      proxies.target.rules = [{ fault, times: 30, when: ({ operation }) => operation === 'PutObject' && stored() }]
    },
    ...{ code: 0, totals: { copied: OBJECTS, failed: 0, retries: 30, recovered: 'some' }, reads: [recovered, done] },
  },
  {
    fault: 'a 503 storm: the target asks for less, which uses up no retry',
    given: ({ proxies }) => {
      // So many in a row that they are not random.
      const stored = since(60)
      proxies.target.rules = [{ fault: SLOW_DOWN, times: 60, when: ({ operation }) => operation === 'PutObject' && stored() }]
    },
    options: ['--retries', '0', '-w', '12'],
    code: 0,
    totals: { copied: OBJECTS, failed: 0, retries: 60, recovered: 'some' },
    reads: [/the server throttles requests: 12 workers, \d+ objects\/s at most/, recovered, done],
  },
  {
    fault: 'truncated bodies: the first reading of each object is cut in its middle',
    given: ({ proxies }) => {
      const first = once()
      proxies.source.rules = [{ fault: { kind: 'cut' }, when: (request) => get(request) && first(request) }]
    },
    code: 0,
    totals: { copied: OBJECTS, failed: 0, retries: OBJECTS, recovered: OBJECTS },
    reads: [`${OBJECTS} recovered after retries`, done],
  },
  {
    fault: 'a source object changes between its listing and its copy: the new one arrives whole',
    given: (w) => beforeReading('o7', w, () => w.source.put(w.from, 'o7', 'new, and longer than before')),
    ...{ code: 0, totals: { copied: OBJECTS, failed: 0, retries: 1, recovered: 1 }, reads: ['1 recovered after retries', done] },
  },
  {
    fault: 'a source object is deleted between its listing and its copy',
    given: (w) => beforeReading('o7', w, () => w.source.remove(w.from, ['o7'])),
    ...{ code: 1, totals: { copied: OBJECTS - 1, failed: 1, retries: 0 }, failed: { o7: 'NoSuchKey' } },
    reads: [
      /\/o7: GetObject: NoSuchKey/,
      'It was probably deleted in the meantime. Run the same command again: only missing objects are copied.',
      `1 object failed, ${OBJECTS - 1} objects copied.`,
    ],
    goesOn: 'again',
  },
  {
    fault: 'the disk is full at the journal',
    // A limit of the system stands for the disk: what would grow a file beyond it fails (EFBIG).
    command: ['bash', '-c', `ulimit -f 12; trap '' XFSZ; exec "$0" "$@"`, process.execPath, BINARY],
    ...{ code: 3, totals: { copied: 'some' }, error: 'EFBIG' },
    reads: [/The run's journal can't be written/, /Make room on the disk of OPSKIT_TOOL_TEMP_DIR/, resume],
  },
  {
    fault: 'the clock here is an hour ahead of the servers, who tell their time: it is gone by',
    given: (world) => refuseOtherTimes(world, { kind: 'answer', status: 403, code: 'RequestTimeTooSkewed' }),
    command: CLOCK_AHEAD,
    ...{ code: 0, totals: { copied: OBJECTS, failed: 0, retries: 0 }, reads: [done] },
  },
  {
    fault: 'the clock here is an hour ahead of the servers, who do not tell their time',
    given: (world) => refuseOtherTimes(world, { kind: 'answer', status: 403, code: 'RequestTimeTooSkewed', undated: true }),
    command: CLOCK_AHEAD,
    ...{ code: 3, totals: { copied: 0 }, error: 'RequestTimeTooSkewed' },
    reads: [/The clocks of this machine and of http:\S+ differ too much\./, 'Set this machine’s clock', resume],
  },
  {
    fault: 'the credentials expire in the middle; with new ones a resume goes on',
    given: ({ proxies }) => {
      const read = since(50)
      const fault = { kind: 'answer', status: 400, code: 'ExpiredToken' } as const
      const old = 'session-token-1'
      let isOver = false
      proxies.source.rules = [
        { fault, when: (request, headers) => (isOver ||= get(request) && read()) && headers['x-amz-security-token'] === old },
      ]
    },
    ...{ code: 3, totals: { copied: 'some' }, error: 'ExpiredToken' },
    reads: ['The session token has expired.', 'Get new credentials (e.g. aws sso login) and put them into', resume],
    // The old ones stay expired.
    cured: () => undefined,
  },
  {
    fault: 'the target stores an object under another key than asked',
    given: async ({ proxies, source, from }) => {
      await source.remove(from, ['o7'])
      await source.put(from, 'dir//o7', 'content 7')
      proxies.target.rename = (path) => path.replace('//', '/')
    },
    ...{ code: 1, totals: { copied: OBJECTS - 1, failed: 1, retries: 0 }, failed: { 'dir//o7': 'KeyChanged' } },
    reads: [
      /\/dir\/\/o7: PutObject: KeyChanged/,
      /stored the object under another key/,
      'rename the object at the source, or use another target.',
      resume,
    ],
    astray: ['dir/o7'],
    cured: ({ proxies }) => {
      proxies.target.rename = undefined
    },
  },
]

/** The cure of most faults. */
function withoutRules({ proxies }: World): void {
  proxies.source.rules = []
  proxies.target.rules = []
}

let servers: Record<'source' | 'target', Awaited<ReturnType<typeof startEmbedded>>>
let sandbox: Sandbox
let world: World

beforeAll(async () => {
  servers = { source: await startEmbedded(), target: await startEmbedded() }
})

beforeEach(async () => {
  sandbox = await Sandbox.make()
  const [source, target] = [new Oracle(servers.source.url), new Oracle(servers.target.url)]
  const proxies = { source: await FaultProxy.start(source.url), target: await FaultProxy.start(target.url) }
  const objects = Object.fromEntries(Array.from({ length: OBJECTS }, (_, i) => [`o${i}`, `content ${i}`]))
  world = { source, target, proxies, from: await source.bucketWith(objects), to: await target.bucketWith({}) }
})

afterEach(async () => {
  sandbox.remove()
  await world.proxies.source.stop()
  await world.proxies.target.stop()
})

afterAll(async () => {
  await servers.source.stop()
  await servers.target.stop()
})

/** `token`: of the session at the source. */
const env = (token: string): Record<string, string> => ({
  S3_SYNC_CONNECTION_A: `${world.proxies.source.url}?token=${token}`,
  S3_SYNC_CONNECTION_B: world.proxies.target.url,
})

/** How many objects of the source are at the target byte for byte, and what else is there. */
async function arrived(): Promise<{ readonly intact: number; readonly others: string[] }> {
  const { source, target, from, to } = world
  const here = await source.readAll(from)
  const there = Object.entries(await target.readAll(to))
  const others = there.filter(([key, bytes]) => here[key] !== bytes).map(([key]) => key)
  return { intact: there.length - others.length, others }
}

it.each(ROWS)('$fault: exit code $code', async (row) => {
  const { code, totals, error, failed = {}, astray = [] } = row
  await row.given?.(world)
  const words = [`A:${world.from}`, `B:${world.to}`, '--yes', '--json', '--retry-delay', '10ms']
  const command = row.command === undefined ? {} : { command: row.command }

  const result = await runCli(sandbox, [...words, ...(row.options ?? [])], { env: env('session-token-1'), ...command })

  const summary = parseSummary(result.stdout)
  expect({ code: result.code, error: summary.error?.code }).toEqual({ code, error })
  for (const [name, many] of Object.entries(summary.totals)) {
    const expected = Object.entries(totals).find(([one]) => one === name)?.[1]
    if (expected === 'some') expect(many).toBeGreaterThan(0)
    else if (expected !== undefined) expect([name, many]).toEqual([name, expected])
  }
  if (error === undefined) expect(Object.fromEntries(summary.failures.map((one) => [one.key, one.code]))).toEqual(failed)
  for (const words of row.reads) expect(result.stderr).toMatch(words)
  const { intact, others } = await arrived()
  expect(others).toEqual(astray)
  if (code === 0) expect(intact).toBe(OBJECTS)
  else expect(intact).toBeLessThan(OBJECTS)
  expect(intact).toBeGreaterThanOrEqual(summary.totals.copied)
  if (code === 0) return

  await (row.cured ?? withoutRules)(world)
  const goingOn =
    row.goesOn === 'again' ? words : ['runs', 'resume', /runs resume (\S+)/.exec(result.stderr)?.[1] ?? '', '--json']
  expect(await runCli(sandbox, goingOn, { env: env('session-token-2') })).toMatchObject({ code: 0 })
  expect(await arrived()).toEqual({ intact: (await world.source.keys(world.from)).length, others: astray })
})
