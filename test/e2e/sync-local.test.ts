import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { runCli, type Sandbox, startCli } from '../support/cli.js'
import { givenServer } from '../support/given.js'
import { seededBytes } from '../support/random.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, testServers, uniqueBucket } from '../support/servers.js'
import { until } from '../support/until.js'

const MiB = 2 ** 20

/** The built tool between a directory and a bucket of each server, both ways. */
describe.each(testServers().map((server) => ({ name: server.name, server })))(
  'given a directory and a bucket of $name',
  ({ server }) => {
    let sandbox: Sandbox
    let oracle: Oracle
    let stop: () => Promise<void>

    beforeAll(async () => {
      ;({ sandbox, oracle, stop } = await givenServer(server))
    })

    afterAll(() => stop())

    let made = 0
    /** A directory with files in it, by the name it is called by from where the tool is started. */
    function directory(files: Readonly<Record<string, string | Buffer>>): string {
      const name = `./dir-${++made}`
      mkdirSync(at(name))
      for (const [key, content] of Object.entries(files)) {
        mkdirSync(dirname(at(name, key)), { recursive: true })
        writeFileSync(at(name, key), content)
      }
      return name
    }
    const at = (...names: string[]): string => join(sandbox.cwd, ...names)

    async function sync(from: string, to: string, ...options: string[]) {
      const args = [from, to, '--yes', '--json', '--retry-delay', '10ms', ...options]
      const result = await runCli(sandbox, args, { env: { S3_SYNC_CONNECTION_A: oracle.url } })
      return { code: result.code, stderr: result.stderr, summary: result.code === 2 ? undefined : parseSummary(result.stdout) }
    }

    it('everything goes up, with types and times, and a second run does nothing', async () => {
      const from = directory({
        'one.txt': 'one',
        'photos/a b/é.jpg': 'jpg',
        'photos-old/x': seededBytes(1, 2 * MiB),
        '.hidden': '',
      })
      utimesSync(at(from, 'one.txt'), 0, 1_500_000_000.25)
      const bucket = uniqueBucket('up')
      expect(await sync(from, `A:${bucket}`)).toMatchObject({ code: 0, summary: { totals: { copied: 4 } } })
      expect(await oracle.keys(bucket)).toEqual(['.hidden', 'one.txt', 'photos-old/x', 'photos/a b/é.jpg'].sort())
      expect(await oracle.get(bucket, 'one.txt')).toMatchObject({
        ...{ ContentType: 'text/plain', Metadata: { mtime: '1500000000.250000000' } },
        bytes: Buffer.from('one'),
      })
      expect(await sync(from, `A:${bucket}`)).toMatchObject({ code: 0, summary: { totals: { copied: 0, skipped: 4 } } })
    })

    it('everything comes down, large objects in parts; a second run does nothing, also where times were restored', async () => {
      const large = Buffer.alloc(70 * MiB, 'the bytes of a large object ')
      const bucket = await oracle.bucketWith({ 'a/b/c': 'c', 'a-b': 'x' })
      await oracle.putInParts(bucket, 'large', large, 8 * MiB)
      expect(await sync(`A:${bucket}`, './down', '--keep-times')).toMatchObject({ code: 0, summary: { totals: { copied: 3 } } })
      expect(readFileSync(at('down/a/b/c'), 'utf8')).toBe('c')
      expect(readFileSync(at('down/large')).equals(large)).toBe(true)
      expect(readdirSync(at('down')).sort()).toEqual(['a', 'a-b', 'large'])
      expect(await sync(`A:${bucket}`, './down', '--keep-times')).toMatchObject({
        code: 0,
        summary: { totals: { copied: 0, skipped: 3 } },
      })
    })

    it('up and down again, the times are those of the beginning', async () => {
      const from = directory({ old: 'old' })
      utimesSync(at(from, 'old'), 0, 1_234_567_890)
      const bucket = uniqueBucket('round')
      await sync(from, `A:${bucket}`)
      await sync(`A:${bucket}`, './round', '--keep-times')
      expect(statSync(at('round/old')).mtimeMs).toBe(1_234_567_890_000)
      // Without it, the times are those of the objects, unless one is so fresh that a later version could have the same.
      const { LastModified } = await oracle.get(bucket, 'old')
      await until('the time is settled', () => Date.now() > (LastModified?.getTime() ?? Infinity) + 3_000)
      await sync(`A:${bucket}`, './now')
      const { mtimeMs } = statSync(at('now/old'))
      expect(mtimeMs - (mtimeMs % 1_000)).toBe(LastModified?.getTime())
    })

    it('what changed, came and went is followed both ways', async () => {
      const from = directory({ a: 'a', b: 'b', 'c/d': 'd', e: 'e', f: 'f' })
      const bucket = uniqueBucket('changes')
      await sync(from, `A:${bucket}`)
      writeFileSync(at(from, 'a'), 'longer')
      writeFileSync(at(from, 'new'), 'new')
      rmSync(at(from, 'c'), { recursive: true })
      expect(await sync(from, `A:${bucket}`, '--delete')).toMatchObject({
        code: 0,
        summary: { totals: { copied: 2, deleted: 1, skipped: 3 } },
      })
      expect(await oracle.readAll(bucket)).toEqual({ a: 'longer', b: 'b', e: 'e', f: 'f', new: 'new' })

      await sync(`A:${bucket}`, './followed')
      await oracle.put(bucket, 'b', 'other size')
      await oracle.remove(bucket, ['new'])
      expect(await sync(`A:${bucket}`, './followed', '--delete')).toMatchObject({
        code: 0,
        summary: { totals: { copied: 1, deleted: 1 } },
      })
      expect(readdirSync(at('followed')).sort()).toEqual(['a', 'b', 'e', 'f'])
      expect(readFileSync(at('followed/b'), 'utf8')).toBe('other size')
    })

    if (!server.traits.has('folds-slashes')) {
      it('keys that can’t be files fail by name, the others come down; nothing is outside', async () => {
        const bucket = await oracle.bucketWith({
          '../out': '1',
          '/abs': '2',
          'a//b': '3',
          'x/../y': '4',
          good: '5',
          file: '6',
          'file/below': '7',
          'folder/': '',
        })
        // As `abs`, it can be a file.
        const isAbsolute = !server.traits.has('drops-leading-slash')
        const bad = ['../out', ...(isAbsolute ? ['/abs'] : []), 'a//b', 'x/../y']
        const files = [...(isAbsolute ? [] : ['abs']), 'file', 'good']
        const { code, summary } = await sync(`A:${bucket}`, './odd')
        expect(code).toBe(1)
        const totals = { copied: files.length, failed: bad.length + 1, skipped: 1, reasons: { folder: 1 } }
        expect(summary?.totals).toMatchObject(totals)
        const failed = summary?.failures.map(({ key, code: why }) => `${why} ${key}`).sort() ?? []
        expect(failed.slice(0, -1)).toEqual(bad.map((key) => `BadFileName ${key}`))
        // Whichever came first is there.
        expect(failed.at(-1)).toMatch(/^FileAndDirectory file(\/below)?$/)
        expect(readdirSync(at('odd')).sort()).toEqual(files)
        expect(readdirSync(sandbox.cwd)).not.toContain('out')
      })
    }

    it('a file where a directory must be, and the reverse, goes first where it is extra; without --delete the copy fails by name', async () => {
      const bucket = await oracle.bucketWith({ item: 'item', 'other/x': 'x', z: 'z' })
      const to = directory({ 'item/x': 'x', 'item/y/z': 'z', other: 'other', z: 'z' })
      const left = () => readdirSync(at(to), { recursive: true }).sort()
      const without = await sync(`A:${bucket}`, to)
      expect(without).toMatchObject({ code: 1, summary: { totals: { failed: 2 } } })
      expect(without.summary?.failures.map(({ code }) => code)).toEqual(['FileAndDirectory', 'FileAndDirectory'])
      const asked = ['--delete', '--max-delete', '90%', '--backup-prefix', 'old']
      expect(await sync(`A:${bucket}`, to, '--delete', '--max-delete', '10%')).toMatchObject({ code: 4 })
      expect(left()).toEqual(['item', 'item/x', 'item/y', 'item/y/z', 'other', 'z'])
      expect(await sync(`A:${bucket}`, to, ...asked)).toMatchObject({ code: 0, summary: { totals: { copied: 2, deleted: 3 } } })
      expect(left().filter((path) => !String(path).startsWith('.s3-sync'))).toEqual([
        ...['item', 'old', 'old/item', 'old/item/x', 'old/item/y', 'old/item/y/z', 'old/other', 'other', 'other/x', 'z'],
      ])
      expect(await sync(`A:${bucket}`, to, ...asked)).toMatchObject({ code: 0, summary: { totals: { copied: 0, deleted: 0 } } })
    })

    it('interrupted in the middle of a file, nothing half is left', async () => {
      const bucket = await oracle.bucketWith({ large: Buffer.alloc(8 * MiB, 'x') })
      const env = { S3_SYNC_CONNECTION_A: oracle.url }
      const cli = startCli(sandbox, [`A:${bucket}`, './cut', '--yes', '--bwlimit', '1M'], { env })
      await until('a temporary file', () => existsSync(at('cut')) && readdirSync(at('cut')).some((name) => name.endsWith('.tmp')))
      cli.kill('SIGINT')
      expect(await cli.finished).toMatchObject({ code: 130 })
      expect(readdirSync(at('cut'))).toEqual([])
    })

    it('symbolic links are passed over and that is said; --follow-links takes what they lead to', async () => {
      const from = directory({ own: 'own', 'elsewhere/file': 'file' })
      symlinkSync(at(from, 'elsewhere'), at(from, 'link'))
      const [without, including] = [uniqueBucket('without'), uniqueBucket('with')]
      expect((await sync(from, `A:${without}`)).stderr).toContain('Symbolic links are skipped')
      expect(await oracle.keys(without)).toEqual(['elsewhere/file', 'own'])
      await sync(from, `A:${including}`, '--follow-links')
      expect(await oracle.keys(including)).toEqual(['elsewhere/file', 'link/file', 'own'])
      // It exists at the source in some form.
      expect(await sync(from, `A:${including}`, '--delete', '--max-delete', '100%')).toMatchObject({
        code: 0,
        summary: { totals: { deleted: 0 } },
      })
      expect(await oracle.keys(including)).toContain('link/file')
    })

    it('what can’t be read of a source is a failure by name, unless it is excluded; the rest goes up', async () => {
      const from = directory({ good: 'good' })
      writeFileSync(Buffer.concat([Buffer.from(at(from, 'bad-')), Buffer.from([0xff])]), '')
      symlinkSync(at(from, 'never'), at(from, 'dead'))
      symlinkSync(at(from), at(from, 'loop'))
      const bucket = uniqueBucket('unlisted')
      const first = await sync(from, `A:${bucket}`, '--follow-links', '--verify')
      expect(first).toMatchObject({ code: 1, summary: { status: 'partial', totals: { listed: 4, copied: 1, failed: 3 } } })
      expect(first.summary?.failures.slice(0, 3).map(({ key, code }) => `${code} ${key}`)).toEqual([
        'NotUtf8 bad-\\xff',
        'DeadLink dead',
        'LinkLoop loop/',
      ])
      expect(await oracle.keys(bucket)).toEqual(['good'])
      const excluded = ['--exclude', 'bad-*', '--exclude', 'dead', '--exclude', 'loop/**']
      expect(await sync(from, `A:${bucket}`, '--follow-links', ...excluded)).toMatchObject({ code: 0 })
      const verified = await runCli(sandbox, ['verify', from, `A:${bucket}`, '--json'], {
        env: { S3_SYNC_CONNECTION_A: oracle.url },
      })
      expect(verified.code).not.toBe(0)
    })

    it('a directory that holds this tool’s own state: that never goes up, and is never deleted', async () => {
      const env = { S3_SYNC_CONNECTION_A: oracle.url, OPSKIT_TOOL_TEMP_DIR: at('home/.state') }
      mkdirSync(at('home'))
      writeFileSync(at('home/file'), 'file')
      const bucket = uniqueBucket('state')
      const run = (...args: string[]) => runCli(sandbox, [...args, '--yes', '--json'], { env })
      const up = await run('./home', `A:${bucket}`)
      expect([up.code, await oracle.keys(bucket)]).toEqual([0, ['file']])
      await oracle.put(bucket, 'new', 'new')
      const down = await run(`A:${bucket}`, './home', '--delete', '--max-delete', '100%')
      expect(parseSummary(down.stdout)).toMatchObject({ status: 'completed', totals: { copied: 1, deleted: 0 } })
      const { run: id } = parseSummary(up.stdout)
      expect((await runCli(sandbox, ['runs', 'show', id], { env })).code).toBe(0)
    })

    it('links and pipes that are excluded are not told of', async () => {
      const from = directory({ good: 'good' })
      symlinkSync(at(from, 'good'), at(from, 'link'))
      const bucket = uniqueBucket('silent')
      expect((await sync(from, `A:${bucket}`)).stderr).toContain('Symbolic links are skipped')
      expect((await sync(from, `A:${bucket}`, '--exclude', 'link')).stderr).not.toContain('Symbolic links are skipped')
    })

    it('between directories, --follow-links copies what links lead to, small and large', async () => {
      const large = Buffer.alloc(70 * MiB, 'large ')
      const elsewhere = directory({ file: 'file', 'dir/below': 'below', large })
      const from = directory({ own: 'own' })
      for (const name of ['file', 'dir', 'large']) symlinkSync(at(elsewhere, name), at(from, name))
      for (const more of [[], ['--no-server-side-copy']]) {
        const to = `${from}-copied${more.length}`
        expect(await sync(from, to, '--follow-links', ...more)).toMatchObject({ code: 0, summary: { totals: { copied: 4 } } })
        expect(readFileSync(at(to, 'file'), 'utf8')).toBe('file')
        expect(readFileSync(at(to, 'dir/below'), 'utf8')).toBe('below')
        expect(readFileSync(at(to, 'large')).equals(large)).toBe(true)
        expect(lstatSync(at(to, 'file')).isSymbolicLink()).toBe(false)
      }
    })

    it('a source directory that is not there, and overlapping ones, are bad input', async () => {
      const bucket = uniqueBucket('never')
      expect(await sync('./never', `A:${bucket}`)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('There is no file or directory ./never'),
      })
      const from = directory({ a: 'a' })
      expect(await sync(from, `${from}/below`)).toMatchObject({ code: 2, stderr: expect.stringContaining('overlap') })
      await expect(oracle.keys(bucket)).rejects.toMatchObject({ name: 'NoSuchBucket' })
    })
  },
)
