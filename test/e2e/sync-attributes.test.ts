import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli } from '../support/cli.js'
import { givenProxies } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { uniqueBucket } from '../support/servers.js'

const MiB = 2 ** 20
const PAGE = { ContentType: 'text/html', CacheControl: 'max-age=60', Metadata: { title: 'A', team: 'web', draft: 'yes' } }
const RULES = [
  ...['--set-header', 'Cache-Control: max-age=31536000, immutable', '--set-header', '*.html => Cache-Control: no-cache'],
  ...['--set-header', '*.html => Content-Type: text/html; charset=utf-8'],
  ...['--set-metadata', 'team=ops', '--set-metadata', '*.html => stage=live', '--set-metadata', 'draft='],
]
const SET = { metadata: { title: 'A', team: 'ops', stage: 'live' }, headers: ['no-cache', 'text/html; charset=utf-8'] }

/**
 * `--set-header` and `--set-metadata` on every way from source to target. The plain SDK reads the metadata that arrived. The embedded server
 * keeps no Cache-Control, and in a server-side copy the Content-Type of the source: the request that writes the object shows both.
 */
describe('headers and metadata that are set', () => {
  let given: Awaited<ReturnType<typeof givenProxies>>
  let written: Map<string, unknown>
  beforeAll(async () => {
    given = await givenProxies()
  })
  beforeEach(() => {
    written = new Map()
    for (const proxy of [given.proxies.source, given.proxies.target]) {
      proxy.counts.clear()
      proxy.rules = [{ fault: { kind: 'reset' }, when: recorded }]
    }
  })
  afterAll(() => given.stop())

  const WRITES = ['PutObject', 'CreateMultipartUpload', 'CopyObject']
  const recorded = ({ operation, key = '' }: { operation: string; key?: string }, headers: NodeJS.Dict<unknown>): boolean => {
    if (WRITES.includes(operation)) written.set(key, [headers['cache-control'], headers['content-type']])
    return false
  }
  const env = () => ({ S3_SYNC_CONNECTION_A: given.proxies.source.url, S3_SYNC_CONNECTION_B: given.proxies.target.url })
  const sync = async (source: string, target: string, ...options: string[]) => {
    const args = [source, target, '--yes', '--json', '--retry-delay', '10ms', ...options]
    const { code, stdout, stderr } = await runCli(given.sandbox, args, { env: env() })
    return { code, summary: parseSummary(stdout), text: stderr }
  }
  const seen = async (side: 'source' | 'target', bucket: string, key: string) => {
    const { Metadata: metadata } = await given[side].get(bucket, key)
    return { metadata, headers: written.get(key) }
  }

  it.each([
    ['by GET and PUT', 'B', 'target', 'PutObject'],
    ['server-side', 'A', 'source', 'CopyObject'],
  ] as const)('in one piece, %s; a second run copies nothing', async (_way, name, side, operation) => {
    const bucket = await given.source.bucketWith({ 'docs/a.html': { ...PAGE, Body: 'page' }, 'app.js': { ...PAGE, Body: 'js' } })
    const to = uniqueBucket('set')
    const { code, summary } = await sync(`A:${bucket}`, `${name}:${to}`, ...RULES)
    expect([code, summary.totals.copied, given.proxies[side].counts.get(operation)]).toEqual([0, 2, 2])
    expect(await seen(side, to, 'docs/a.html')).toEqual(SET)
    expect(await seen(side, to, 'app.js')).toEqual({
      metadata: { title: 'A', team: 'ops' },
      headers: ['max-age=31536000, immutable', 'text/html'],
    })
    const again = await sync(`A:${bucket}`, `${name}:${to}`, ...RULES, '--verify')
    expect([again.code, again.summary.totals.copied]).toEqual([0, 0])
  })

  it('in parts', async () => {
    const bucket = await given.source.bucketWith({})
    await given.source.putInParts(bucket, 'large.html', Buffer.alloc(66 * MiB, seededBytes(3, 1_000_003)), 8 * MiB, PAGE)
    const to = uniqueBucket('set')
    const { code, summary } = await sync(`A:${bucket}`, `B:${to}`, ...RULES)
    expect([code, summary.failures]).toEqual([0, []])
    expect(given.proxies.target.counts.get('CreateMultipartUpload')).toBe(1)
    expect(await seen('target', to, 'large.html')).toEqual(SET)
  })

  it('of files', async () => {
    mkdirSync(join(given.sandbox.cwd, 'site'))
    writeFileSync(join(given.sandbox.cwd, 'site/a.html'), 'page')
    const to = uniqueBucket('set')
    expect((await sync('./site', `B:${to}`, ...RULES)).code).toBe(0)
    const metadata: unknown = { team: 'ops', stage: 'live', mtime: expect.any(String) }
    expect(await seen('target', to, 'a.html')).toEqual({ ...SET, metadata })
    expect((await given.target.get(to, 'a.html')).ContentType).toBe('text/html; charset=utf-8')
    expect((await sync('./site', `B:${to}`, ...RULES)).summary.totals.copied).toBe(0)
  })

  it('by a resume', async () => {
    const bucket = await given.source.bucketWith({ 'a.html': { ...PAGE, Body: 'a' }, 'b.html': { ...PAGE, Body: 'b' } })
    const to = uniqueBucket('set')
    const failing = given.proxies.target.rules
    given.proxies.target.rules = [
      {
        fault: { kind: 'answer', status: 500, code: 'InternalError' },
        when: ({ operation, key }) => operation === 'PutObject' && key === 'b.html',
      },
    ]
    const { code, summary } = await sync(`A:${bucket}`, `B:${to}`, ...RULES)
    expect([code, summary.totals.copied]).toEqual([1, 1])
    given.proxies.target.rules = failing
    expect((await runCli(given.sandbox, ['runs', 'resume', summary.run, '--yes'], { env: env() })).code).toBe(0)
    expect(await seen('target', to, 'b.html')).toEqual(SET)
  })

  it('to a directory: nothing changes, nothing counts as lost, and a notice says so', async () => {
    const bucket = await given.source.bucketWith({ a: 'a' })
    const { code, summary, text } = await sync(`A:${bucket}`, './files', ...RULES)
    expect([code, summary.losses]).toEqual([0, undefined])
    expect(text).toContain('Files have no headers or metadata: --set-header and --set-metadata have no effect on a directory.')
  })
})
