import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { appendFileSync } from 'node:fs'
import { runCli, Sandbox } from '../support/cli.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, testServers, type TestServer, uniqueBucket } from '../support/servers.js'
import { type Content, contentsOf, differences, foldedFrom } from './contents.js'
import { IN_PARTS, OBJECTS } from './objects.js'

/**
 * Copies between every ordered pair of the servers, and within each. The law: an object arrives as it is at the source, by the plain SDK's
 * word, or the summary names it as failed, or names what it lost; nothing else arrives, unless the summary says that the server changed the
 * key; and a second run copies nothing. What happened is appended to `S3_SYNC_MATRIX_REPORT`, a JSON line for each pair, from which
 * docs/record-servers.mjs makes a table.
 */
const servers = testServers()

describe.each(servers.map((server) => ({ from: server.name, server })))('given odd objects on $from', ({ server: source }) => {
  let sandbox: Sandbox
  let opened: Awaited<ReturnType<TestServer['open']>>
  let bucket: string
  let held: ReadonlyMap<string, Content>

  beforeAll(async () => {
    sandbox = await Sandbox.make()
    opened = await source.open()
    const oracle = new Oracle(opened.url)
    bucket = await oracle.createBucket(uniqueBucket('matrix'))
    // One at a time, as a server may make one name of two; what it refuses is not copied.
    for (const [key, object] of Object.entries(OBJECTS)) await oracle.put(bucket, key, object).catch(() => undefined)
    for (const [key, { Body, partSize }] of Object.entries(IN_PARTS)) {
      await oracle.putInParts(bucket, key, Body, partSize).catch(() => undefined)
    }
    held = await contentsOf(oracle, bucket)
  })

  afterAll(async () => {
    sandbox.remove()
    await opened.stop()
  })

  it.each(servers.map((server) => ({ to: server.name, target: server })))(
    'when they are copied to $to, each arrives or is reported, and a second run copies nothing',
    async ({ target }) => {
      const other = await target.open()
      const to = uniqueBucket('matrix')
      const env = { S3_SYNC_CONNECTION_A: opened.url, S3_SYNC_CONNECTION_B: other.url }
      const args = [`A:${bucket}`, `B:${to}`, '--yes', '--json', '--retries', '2', '--retry-delay', '100ms']
      const first = parseSummary((await runCli(sandbox, args, { env })).stdout)
      const second = parseSummary((await runCli(sandbox, args, { env })).stdout)

      const failed = new Map(first.failures.map(({ key, code }) => [key, code]))
      const lost = new Map((first.losses?.named ?? []).map(({ key, losses }) => [key, losses.map(({ property }) => property)]))
      const arrived = await contentsOf(new Oracle(other.url), to)
      const silent = [...held].flatMap(([key, here]) => {
        if (failed.has(key)) return []
        const there = arrived.get(key)
        if (there === undefined) return [`${key}: missing`]
        const differing = differences(here, there, lost.get(key) ?? [])
        return differing.length === 0 ? [] : [`${key}: ${differing.join(', ')}`]
      })
      const changed = [...failed].flatMap(([key, code]) => (code === 'KeyChanged' ? foldedFrom(key) : []))
      const extra = [...arrived.keys()].filter((key) => !held.has(key))
      const report = {
        ...{ from: source.name, to: target.name, held: held.size, again: second.totals.copied, silent, extra },
        ...{ failed: Object.fromEntries(failed), lost: first.losses?.objects ?? {}, proofs: first.totals.proofs },
      }
      const file = process.env['S3_SYNC_MATRIX_REPORT']
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(report)}\n`)
      await other.stop()

      expect(silent).toEqual([])
      expect(extra.filter((key) => !changed.includes(key))).toEqual([])
      expect(second.totals.copied).toBe(0)
    },
  )
})
