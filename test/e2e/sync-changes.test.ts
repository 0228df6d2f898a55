import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, type Sandbox } from '../support/cli.js'
import type { FaultProxy } from '../support/fault-proxy.js'
import { givenProxiesTo } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, testServers, uniqueBucket } from '../support/servers.js'

/** A bucket that lives: what moves and goes at each run, counted in front of the server. */
describe.each(testServers().map((server) => ({ name: server.name, server })))(
  'given a bucket of $name that changes',
  ({ server }) => {
    let sandbox: Sandbox
    let oracle: Oracle
    let proxies: { source: FaultProxy; target: FaultProxy }
    let stop: () => Promise<void>

    beforeAll(async () => {
      ;({ sandbox, oracle, proxies, stop } = await givenProxiesTo(server))
    })

    afterAll(() => stop())

    /** A run, and what it asked the servers to do with objects. */
    async function sync(from: string, to: string, ...options: string[]) {
      for (const { counts } of [proxies.source, proxies.target]) counts.clear()
      const env = { S3_SYNC_CONNECTION_A: proxies.source.url, S3_SYNC_CONNECTION_B: proxies.target.url }
      const result = await runCli(sandbox, [`A:${from}`, `B:${to}`, '--yes', '--json', '--retry-delay', '10ms', ...options], {
        env,
      })
      const count = (operation: string): number =>
        (proxies.source.counts.get(operation) ?? 0) + (proxies.target.counts.get(operation) ?? 0)
      const moved = {
        get: count('GetObject'),
        put: count('PutObject'),
        copy: count('CopyObject'),
        delete: count('DeleteObjects'),
      }
      return { code: result.code, stderr: result.stderr, ...parseSummary(result.stdout), moved }
    }

    const objects = (): Record<string, Buffer> =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`dir-${i % 3}/object ${i}`, seededBytes(i, 100 + i)]))

    it('exactly what changed moves, exactly what went goes, and a further run does nothing', async () => {
      const source = await oracle.bucketWith(objects())
      const target = await oracle.createBucket(uniqueBucket('target'))
      expect(await sync(source, target, '--delete')).toMatchObject({
        code: 0,
        totals: { copied: 40, deleted: 0 },
        moved: { get: 40, put: 40, delete: 0 },
      })

      await oracle.put(source, 'dir-0/object 0', 'of another size')
      await oracle.put(source, 'dir-1/object 1', seededBytes(99, 101))
      await oracle.put(source, 'dir-9/new', 'new')
      await oracle.remove(source, ['dir-2/object 2', 'dir-0/object 3'])
      const second = await sync(source, target, '--delete')
      expect(second).toMatchObject({
        ...{ code: 0, status: 'completed', moved: { get: 3, put: 3, copy: 0, delete: 1 } },
        totals: { listed: 39, copied: 3, skipped: 36, deleted: 2, deletesPlanned: 2, reasons: { new: 1, size: 1, etag: 1 } },
      })
      expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))

      const third = await sync(source, target, '--delete')
      expect(third).toMatchObject({ code: 0, totals: { copied: 0, deleted: 0 }, moved: { get: 0, put: 0, copy: 0, delete: 0 } })
    })

    it('more than a quarter does not go, unless that is said', async () => {
      const source = await oracle.bucketWith({ a: 'a' })
      const target = await oracle.bucketWith({ a: 'a', b: 'b' })
      expect(await sync(source, target, '--delete')).toMatchObject({
        ...{ code: 4, status: 'refused', error: { code: 'TooManyDeletes' } },
        stderr: expect.stringContaining('--max-delete'),
      })
      expect(await oracle.keys(target)).toEqual(['a', 'b'])
      expect(await sync(source, target, '--delete', '--max-delete', '1')).toMatchObject({ code: 0, totals: { deleted: 1 } })
      expect(await oracle.keys(target)).toEqual(['a'])
    })

    it('from an empty source nothing goes, unless that is said', async () => {
      const [source, target] = [await oracle.createBucket(uniqueBucket('empty')), await oracle.bucketWith({ a: 'a' })]
      expect(await sync(source, target, '--delete', '--max-delete', '100%')).toMatchObject({
        code: 4,
        error: { code: 'SourceEmpty', hint: expect.stringContaining('--allow-empty-source') },
      })
      expect(await oracle.keys(target)).toEqual(['a'])
      const meant = ['--delete', '--max-delete', '100%', '--allow-empty-source']
      expect(await sync(source, target, ...meant)).toMatchObject({ code: 0, totals: { deleted: 1 } })
      expect(await oracle.keys(target)).toEqual([])
    })

    it('with --backup-prefix what is overwritten and deleted is kept', async () => {
      const source = await oracle.bucketWith({ a: 'new a', b: 'b', c: 'c', d: 'd' })
      const target = await oracle.bucketWith({ a: 'old a', b: 'b', c: 'c', d: 'd', gone: 'gone' })
      const kept = ['--backup-prefix', 'kept/1']
      expect(await sync(source, target, '--delete', ...kept)).toMatchObject({ code: 0, totals: { copied: 1, deleted: 1 } })
      const note = '.s3-sync/backups/kept/1/README.txt'
      const after = { a: 'new a', b: 'b', c: 'c', d: 'd', 'kept/1/a': 'old a', 'kept/1/gone': 'gone' }
      const left = await oracle.readAll(target)
      expect(left).toEqual({ ...after, [note]: expect.stringContaining('kept/1/') })
      // The same, the next day, and never again: the backups stay.
      for (const later of [kept, ['--backup-prefix', 'kept/2'], []]) {
        expect(await sync(source, target, '--delete', ...later)).toMatchObject({ code: 0, totals: { copied: 0, deleted: 0 } })
        expect(await oracle.readAll(target)).toEqual(left)
      }
      const next = await oracle.createBucket(uniqueBucket('next'))
      expect(await sync(target, next)).toMatchObject({ code: 0, totals: { copied: 4, filtered: 2 } })
      expect(await oracle.readAll(next)).toEqual({ a: 'new a', b: 'b', c: 'c', d: 'd' })
    })

    it('what stands in the way of a copy and is extra goes first, on servers where it does stand in the way', async () => {
      const source = await oracle.bucketWith({ item: 'item', 'other/x': 'x', z: 'z' })
      const target = await oracle.bucketWith({ 'item/x': 'x', 'item/y/z': 'z', other: 'other', z: 'z' })
      const asked = ['--delete', '--max-delete', '90%']
      const dry = await sync(source, target, ...asked, '--dry-run')
      expect(dry).toMatchObject({ code: 0, totals: { copied: 2, deletesPlanned: 3 } })
      if (server.traits.has('hides-conflicts')) {
        const before = await oracle.readAll(target)
        expect(await sync(source, target, ...asked)).toMatchObject({ code: 1, totals: { copied: 0, deleted: 0, failed: 2 } })
        expect(await oracle.readAll(target)).toEqual(before)
        return
      }
      expect(await sync(source, target, ...asked)).toMatchObject({ code: 0, totals: { copied: 2, deleted: 3, failed: 0 } })
      expect(await oracle.readAll(target)).toEqual(await oracle.readAll(source))
      expect(await sync(source, target, ...asked)).toMatchObject({ code: 0, totals: { copied: 0, deleted: 0 } })
    })

    it('--files-from copies what it names and lists nothing; what is missing fails by name', async () => {
      const source = await oracle.bucketWith({ 'a/1': 'one', 'a/2': 'two', 'a/3': 'three' })
      const target = await oracle.bucketWith({ 'a/2': 'two' })
      writeFileSync(join(sandbox.cwd, 'keys'), 'a/1\na/2\na/never\n')
      const some = await sync(source, target, '--files-from', 'keys')
      expect(some).toMatchObject({
        ...{ code: 1, status: 'partial', totals: { listed: 3, copied: 1, skipped: 1, failed: 1 } },
        failures: [{ key: 'a/never', code: 'NoSuchKey' }],
      })
      expect(proxies.source.counts.get('ListObjectsV2')).toBeUndefined()
      expect(await oracle.readAll(target)).toEqual({ 'a/1': 'one', 'a/2': 'two' })
    })

    it('a dry run names what would go', async () => {
      const [source, target] = [await oracle.bucketWith({ a: 'a' }), await oracle.bucketWith({ a: 'a', b: 'b' })]
      const dry = await sync(source, target, '--delete', '--max-delete', '50%', '--dry-run')
      expect(dry).toMatchObject({ code: 0, status: 'dry-run', totals: { deletesPlanned: 1, deleted: 0 } })
      expect(dry.stderr).toContain(`would delete ${target}/b`)
      expect(await oracle.keys(target)).toEqual(['a', 'b'])
    })
  },
)
