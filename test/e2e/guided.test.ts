import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Sandbox } from '../support/cli.js'
import { DENIED, FaultProxy, type Fault } from '../support/fault-proxy.js'
import { startEmbedded } from '../support/fauxqs.js'
import { Oracle } from '../support/servers.js'
import { Terminal } from '../support/terminal.js'

/** The real tool in a pseudo-terminal: two endpoints, the source behind a proxy that can refuse logins, the target known to the environment as B. */
const BUCKETS = ['alpha', 'beta', 'delta', 'eta', 'gamma', 'zeta']
const SECRET = 'not-for-the-screen'
const BAD_KEY: Fault = { kind: 'answer', status: 403, code: 'InvalidAccessKeyId' }

let sandbox: Sandbox
let proxy: FaultProxy
let source: Oracle
let target: Oracle
let terminal: Terminal
let stopAll: () => Promise<unknown>

beforeEach(async () => {
  sandbox = await Sandbox.make()
  const [sourceServer, targetServer] = await Promise.all([startEmbedded(), startEmbedded()])
  proxy = await FaultProxy.start(sourceServer.url)
  source = new Oracle(sourceServer.url)
  target = new Oracle(targetServer.url)
  for (const bucket of BUCKETS) {
    await source.createBucket(bucket)
    await source.put(bucket, `${bucket}.txt`, `content of ${bucket}`)
  }
  stopAll = () => Promise.all([proxy.stop(), sourceServer.stop(), targetServer.stop()])
})

afterEach(async () => {
  terminal.close()
  sandbox.remove()
  await stopAll()
})

/** `both`: the source is known to the environment too, as A. */
function start({ args = [], both = false }: { args?: readonly string[]; both?: boolean } = {}): void {
  const env = { S3_SYNC_CONNECTION_B: target.url, ...(both && { S3_SYNC_CONNECTION_A: proxy.url }) }
  terminal = new Terminal(sandbox, args, { env })
}

/** Questions that are answered from a list. */
const LISTS = new Set(['Source connection', 'Target connection', 'Login failed'])

type Answer = readonly [question: string, text: string]

const endpoint = (): string => new URL(proxy.url).origin
const makeSource = (): readonly Answer[] => [
  ['Connection name', 'office'],
  ['Endpoint', endpoint()],
  ['Region', 'us-east-1'],
  ['Access key', 'test'],
  ['Secret key', SECRET],
]
const REST: readonly Answer[] = [
  ['Target connection', ' B '],
  ['same bucket names', ''],
  ['Workers', '4'],
]

const chooseNew = (): Promise<void> => terminal.choose('Source connection', 'A new connection')

async function answer(...answers: readonly Answer[]): Promise<void> {
  for (const [question, text] of answers) {
    if (LISTS.has(question)) await terminal.choose(question, text)
    else await terminal.answer(question, text)
  }
}

const connectionsFile = (): string => join(sandbox.temp, 'connections.json')
const targetBuckets = async (): Promise<string[]> =>
  ((await target.client.send(new ListBucketsCommand({}))).Buckets ?? []).flatMap(({ Name }) => Name ?? []).sort()

async function storedObjects(): Promise<number> {
  const keys = await Promise.all((await targetBuckets()).map((bucket) => target.keys(bucket)))
  return keys.flat().length
}

async function expectCopied(...buckets: string[]): Promise<void> {
  expect(await terminal.exited).toEqual({ code: 0, signal: undefined })
  expect(await targetBuckets()).toEqual(buckets)
  for (const bucket of buckets) {
    expect(await target.readAll(bucket)).toEqual({ [`${bucket}.txt`]: `content of ${bucket}` })
  }
}

async function expectNothingDone(code: number): Promise<void> {
  expect(await terminal.exited).toEqual({ code, signal: undefined })
  expect(await targetBuckets()).toEqual([])
  expect(proxy.counts.get('GetObject') ?? 0).toBe(0)
}

describe('The guided flow in a terminal', () => {
  it('given wrong answers, explains each and goes on to a copy of the buckets 1-5', async () => {
    start()
    await chooseNew()
    const [name, place, ...others] = makeSource()
    if (name === undefined || place === undefined) throw new Error('the source needs a name and an endpoint')
    await terminal.answerWrongly('Connection name', '', 'Enter a name')
    await answer(name)
    await terminal.answerWrongly('Endpoint', 'localhost:9000', /^▸ \S/m)
    await answer(place, ...others)
    await terminal.answerWrongly('Buckets to copy', '1-9', 'No bucket number 9: choose 1–6.')
    await answer(['Buckets to copy', '1-5'], ...REST.slice(0, -1))
    await terminal.answerWrongly('Workers', '51', 'from 1 to 50')
    await answer(['Workers', '50'])
    await terminal.answerWrongly('Type YES', 'yes', 'in capitals')
    await answer(['Type YES', 'YES'])
    await expectCopied(...BUCKETS.slice(0, 5))
    expect(readFileSync(connectionsFile(), 'utf8')).not.toContain(SECRET)
    expect(terminal.frames.map(({ data }) => data).join('')).not.toContain(SECRET)
  })

  it('shows what will happen before it asks for YES', async () => {
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', '1,3'], ...REST)
    await terminal.asked('Type YES')
    expect(terminal.screen()).toMatch(/:alpha → .*:alpha \(the bucket will be created\) {2}1 object, 16 B/)
    expect(terminal.screen()).toContain('4 workers')
    terminal.key('ctrl-c')
    await expectNothingDone(130)
  })

  it('given the key 1 in the list of connections, takes the first', async () => {
    start({ both: true })
    await terminal.asked('Source connection')
    terminal.type('1')
    await terminal.answer('Source connection')
    expect(terminal.screen()).toMatch(/✔ Source connection · 1\. A /)
    await answer(['Buckets to copy', '1'])
    await terminal.asked('Target connection')
    terminal.type('2')
    await terminal.answer('Target connection')
    expect(terminal.screen()).toMatch(/✔ Target connection · 2\. B /)
    await answer(...REST.slice(1), ['Type YES', 'YES'])
    await expectCopied('alpha')
  })

  it('copies all buckets by "all"', async () => {
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', 'all'], ...REST, ['Type YES', 'YES'])
    await expectCopied(...BUCKETS)
  })

  it('lets pick buckets from the list, which typed letters filter', async () => {
    start({ both: true })
    await answer(['Source connection', ' A '])
    await terminal.waitFor('6 of 6 shown, 0 selected')
    terminal.key('down')
    terminal.key('space')
    terminal.type('gam')
    await terminal.waitFor('1 of 6 shown, 1 selected')
    terminal.key('space')
    await terminal.answer('Buckets to copy')
    await answer(...REST, ['Type YES', 'YES'])
    await expectCopied('beta', 'gamma')
  })

  it('where listing buckets is denied, takes the name of one typed by hand', async () => {
    proxy.rules = [{ fault: DENIED, when: ({ operation }) => operation === 'ListBuckets' }]
    start({ both: true })
    await answer(['Source connection', ' A '])
    await terminal.answer('Bucket of the source', 'nowhere')
    await terminal.waitFor('The bucket "nowhere" does not exist')
    await answer(['Bucket of the source', 'eta'], ['Another bucket', ''], ...REST, ['Type YES', 'YES'])
    await expectCopied('eta')
  })

  it('given three failed logins, offers to edit the connection, and keeps it once it works', async () => {
    proxy.rules = [{ fault: BAD_KEY, when: ({ operation }) => operation === 'ListBuckets', times: 3 }]
    start()
    await chooseNew()
    await answer(...makeSource())
    for (let failures = 1; failures < 3; failures++) await answer(['Access key', 'test'], ['Secret key', 'another'])
    await terminal.asked('Login failed')
    expect(existsSync(connectionsFile())).toBe(false)
    await answer(['Login failed', 'Edit'], ['Endpoint', ''], ['Region', ''], ['Access key', ''], ['Secret key', SECRET])
    await terminal.waitFor('Saved as "office"')
    await answer(['Buckets to copy', '2'], ...REST, ['Type YES', 'YES'])
    await expectCopied('beta')
  })

  it('given a run of the same buckets that was interrupted, offers to go on with it', async () => {
    proxy.rules = [
      { fault: { kind: 'delay', ms: 60_000 }, when: ({ operation, key }) => operation === 'GetObject' && key === 'eta.txt' },
    ]
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', 'all'], ...REST, ['Type YES', 'YES'])
    while ((await storedObjects()) < BUCKETS.length - 1) await sleep(50)
    terminal.key('ctrl-c')
    expect(await terminal.exited).toEqual({ code: 130, signal: undefined })
    proxy.rules = []
    proxy.counts.clear()
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', 'all'], ...REST.slice(0, 2))
    await terminal.asked('Resume it?')
    expect(terminal.screen()).toMatch(/did not finish; remaining: \d+ listed objects?/)
    await answer(['Resume it?', ''])
    await expectCopied(...BUCKETS)
    expect(proxy.counts.get('GetObject')).toBe(1)
  })

  it('given --workers, does not ask for them', async () => {
    start({ both: true, args: ['--workers', '20'] })
    await answer(['Source connection', ' A '], ['Buckets to copy', '1'], ...REST.slice(0, -1))
    await terminal.asked('Type YES')
    expect(terminal.screen()).toContain('20 workers')
    await answer(['Type YES', 'YES'])
    await expectCopied('alpha')
  })

  it('given no instead of YES, starts nothing', async () => {
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', 'all'], ...REST, ['Type YES', 'no'])
    await terminal.waitFor('Cancelled: nothing was copied.')
    await expectNothingDone(130)
  })

  it('given a key while it counts, stops counting and goes on', async () => {
    proxy.rules = [{ fault: { kind: 'delay', ms: 60_000 }, when: ({ operation }) => operation.startsWith('ListObjects') }]
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', '1'], ...REST)
    await terminal.waitFor('any key stops')
    terminal.type('x')
    await terminal.asked('Type YES')
    expect(terminal.screen()).toContain('not counted')
    terminal.key('ctrl-c')
    await expectNothingDone(130)
  })

  it('given Ctrl+C while it counts, leaves with 130', async () => {
    proxy.rules = [{ fault: { kind: 'delay', ms: 60_000 }, when: ({ operation }) => operation.startsWith('ListObjects') }]
    start({ both: true })
    await answer(['Source connection', ' A '], ['Buckets to copy', '1'], ...REST)
    await terminal.waitFor('any key stops')
    terminal.key('ctrl-c')
    await expectNothingDone(130)
  })
})

describe('Ctrl+C leaves at once with 130, nothing started, nothing half saved', () => {
  const FORM = ['Connection name', 'Endpoint', 'Region', 'Access key', 'Secret key']

  it('at the first question', async () => {
    start()
    await terminal.asked('Source connection')
    terminal.key('ctrl-c')
    await expectNothingDone(130)
    expect(existsSync(connectionsFile())).toBe(false)
  })

  it.each(FORM)('at "%s" of a new connection, of which nothing is kept', async (question) => {
    start()
    await chooseNew()
    await answer(...makeSource().slice(0, FORM.indexOf(question)))
    await terminal.asked(question)
    terminal.key('ctrl-c')
    await expectNothingDone(130)
    expect(existsSync(connectionsFile())).toBe(false)
  })

  const LATER: readonly Answer[] = [['Source connection', ' A '], ['Buckets to copy', '1-2'], ...REST, ['Type YES', 'YES']]

  it.each(LATER.slice(1).map(([question]) => question))('at "%s"', async (question) => {
    start({ both: true })
    await answer(
      ...LATER.slice(
        0,
        LATER.findIndex(([asked]) => asked === question),
      ),
    )
    await terminal.asked(question)
    terminal.key('ctrl-c')
    await expectNothingDone(130)
    expect(terminal.frames.at(-1)?.data).not.toContain('\u001b[?25l')
  })
})
