import {
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, Sandbox, startCli } from '../support/cli.js'
import { FaultProxy } from '../support/fault-proxy.js'
import { parseExamination, verdictsOf } from '../support/doctor-reports.js'
import { Oracle, testServers, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

/** The table's signs. */
const SIGNS: Readonly<Record<string, string>> = { '✓': 'yes', '!': 'partly', '✗': 'no', '?': 'unknown' }
/** They say something about the machine and the moment. */
const FIGURES = ['clock', 'throughput']

/** The checked-in verdicts of a server, by check. */
function recorded(server: string): Record<string, string> {
  const lines = readFileSync(join(import.meta.dirname, '../../docs/doctor.md'), 'utf8').split('\n')
  const rows = lines.filter((line) => line.startsWith('|')).map((line) => line.split('|').map((cell) => cell.trim()))
  const [head = []] = rows
  const column = head.indexOf(server)
  if (column < 0) throw new Error(`docs/doctor.md has no column for ${server}`)
  const ended = rows.findIndex((cells, i) => i > 0 && cells[1] === 'check')
  return Object.fromEntries(rows.slice(2, ended).map((cells) => [cells[1] ?? '', SIGNS[cells[column] ?? ''] ?? '']))
}

describe.each(testServers().map((server) => ({ name: server.name, server })))('given $name', ({ name, server }) => {
  let sandbox: Sandbox
  let proxy: FaultProxy
  let oracle: Oracle
  let stop: () => Promise<void>

  beforeAll(async () => {
    sandbox = await Sandbox.make()
    const running = await server.open()
    stop = () => running.stop()
    oracle = new Oracle(running.url)
    proxy = await FaultProxy.start(running.url)
  })

  afterAll(async () => {
    sandbox.remove()
    await proxy.stop()
    await stop()
  })

  beforeEach(() => {
    proxy.rules = []
    proxy.counts.clear()
  })

  const env = (): Record<string, string> => ({ S3_SYNC_CONNECTION_T: proxy.url })

  /** Buckets that a doctor made and did not remove. */
  async function leftBuckets(): Promise<string[]> {
    const { Buckets = [] } = await oracle.client.send(new ListBucketsCommand({}))
    return Buckets.flatMap(({ Name = '' }) => (Name.startsWith('s3-sync-doctor-') ? [Name] : []))
  }

  /** Everything in a bucket: objects, versions, delete markers, open uploads. */
  async function contents(bucket: string): Promise<unknown[]> {
    const versions = await oracle.client.send(new ListObjectVersionsCommand({ Bucket: bucket })).catch(() => undefined)
    const listing = new ListMultipartUploadsCommand({ Bucket: bucket })
    const { Uploads = [] } = server.traits.has('no-list-uploads') ? {} : await oracle.client.send(listing)
    return [...(await oracle.keys(bucket)), ...(versions?.Versions ?? []), ...(versions?.DeleteMarkers ?? []), ...Uploads]
  }

  it('its verdicts are those of docs/doctor.md, and nothing is left behind', async () => {
    const { code, stdout, stderr } = await runCli(sandbox, ['doctor', 'T', '--json'], { env: env() })
    expect(code).toBe(0)
    const examination = parseExamination(stdout)
    expect(examination).toMatchObject({ connection: 'T', cleaned: true, left: [] })
    const [now, then] = [verdictsOf(examination), recorded(name)]
    for (const figure of FIGURES) for (const verdicts of [now, then]) Reflect.deleteProperty(verdicts, figure)
    expect(now).toEqual(then)
    expect(stderr).toContain('All test objects were removed.')
    expect(await leftBuckets()).toEqual([])
  })

  it('a bucket that is named is as it was before, also where it keeps versions', async () => {
    const bucket = await oracle.createBucket(uniqueBucket('named'))
    await oracle.client
      .send(new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }))
      .catch(() => undefined)
    await oracle.seed(bucket, { 'its own': 'content' })
    const before = await contents(bucket)
    const { code, stdout } = await runCli(sandbox, ['doctor', `T:${bucket}`, '--json'], { env: env() })
    // An upload that is gone cannot be distinguished there from one that may not be removed.
    const isDenied = server.traits.has('denies-gone-uploads')
    expect(code).toBe(isDenied ? 1 : 0)
    const left = isDenied ? [{ kind: 'upload' }] : []
    expect(parseExamination(stdout)).toMatchObject({ bucket, cleaned: !isDenied, left })
    expect(await contents(bucket)).toEqual(before)
  })

  it.each(['PutObject', 'UploadPart', 'CreateBucket'])(
    'Ctrl+C at a %s ends it with 130, the table says so, and nothing is left behind',
    async (operation) => {
      proxy.rules = [{ fault: { kind: 'delay', ms: 200 }, when: (request) => request.operation === operation }]
      const running = startCli(sandbox, ['doctor', 'T', '--json'], { env: env() })
      await until(`a ${operation}`, () => (proxy.counts.get(operation) ?? 0) > 0)
      running.kill('SIGINT')
      const { code, stdout } = await running.finished
      expect(code).toBe(130)
      const examination = parseExamination(stdout)
      expect(examination).toMatchObject({ cleaned: true, left: [] })
      expect(examination.checks.at(-1)).toMatchObject({ verdict: 'unknown', detail: 'interrupted' })
      expect(await leftBuckets()).toEqual([])
    },
  )
})
