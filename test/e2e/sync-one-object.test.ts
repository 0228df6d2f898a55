import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isNote } from '../../src/pipeline/listing/known-backups.js'
import { runCli, type Sandbox } from '../support/cli.js'
import { givenServer } from '../support/given.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, rowsOn, testServers, uniqueBucket } from '../support/servers.js'

/** However slow the machine: each test starts the tool several times. */
const CONTENT = 'the one'

/**
 * cli.md, "One object": by the built tool, between a directory and buckets of each server. The names are the same on each server: all rows
 * run on the embedded one, the first of each table on the others.
 */
describe.each(testServers().map((server) => ({ name: server.name, server })))('given one object on $name', ({ server }) => {
  let sandbox: Sandbox
  let oracle: Oracle
  let stop: () => Promise<void>
  let from: string
  let cwd: string

  beforeAll(async () => {
    ;({ sandbox, oracle, stop } = await givenServer(server))
  })

  afterAll(() => stop())

  /** The object is `dir/x` of a bucket, and the file `dir/x`; neither is alone in its directory. */
  beforeEach(async () => {
    from = await oracle.bucketWith({ 'dir/x': CONTENT, 'dir/x2': 'beside', 'dir/w': 'before', other: 'elsewhere' })
    cwd = join(sandbox.cwd, uniqueBucket('cwd'))
    mkdirSync(cwd)
    for (const [key, content] of Object.entries({ 'dir/x': CONTENT, 'dir/x2': 'beside', 'there/is': 'here' })) write(key, content)
  })

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(cwd, path)), { recursive: true })
    writeFileSync(join(cwd, path), content)
  }

  /** Everything below the working directory. */
  function files(): Record<string, string> {
    const names = readdirSync(cwd, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(cwd, name)).isFile())
    return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(cwd, name), 'utf8')]))
  }

  async function run(...args: string[]) {
    const env = { S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: oracle.url }
    const result = await runCli(sandbox, [...args, '--json', '--retry-delay', '10ms'], { env, cwd })
    return { ...result, summary: result.code === 2 ? undefined : parseSummary(result.stdout) }
  }

  const SOURCES = [
    ['an object', () => `A:${from}/dir/x`],
    ['a file', () => './dir/x'],
  ] as const

  describe.each(SOURCES)('%s', (_what, source) => {
    const KEYS = [
      ['a key', 'y', 'y'],
      ['a key below a prefix', 'p/q/y', 'p/q/y'],
      ['a prefix', 'y/', 'y/x'],
      ['a bucket', '', 'x'],
      ['a bucket with "/"', '/', 'x'],
    ] as const
    it.each(rowsOn(server, KEYS))('to %s', async (_where, typed, key) => {
      const to = uniqueBucket('one')
      const target = typed === '' || typed === '/' ? `B:${to}${typed}` : `B:${to}/${typed}`
      expect(await run(source(), target, '--yes', '--dry-run')).toMatchObject({
        code: 0,
        summary: { totals: { copied: 1, listed: 1 } },
      })
      expect(await run(source(), target, '--yes')).toMatchObject({ code: 0, summary: { totals: { copied: 1, listed: 1 } } })
      expect(await oracle.keys(to)).toEqual([key])
      expect((await oracle.get(to, key)).bytes.toString()).toBe(CONTENT)
      expect(await run(source(), target, '--yes')).toMatchObject({ code: 0, summary: { totals: { copied: 0, skipped: 1 } } })
      expect(await run('verify', source(), target)).toMatchObject({
        code: 0,
        summary: { verification: { compared: 1, equal: 1 } },
      })
    })

    const PATHS = [
      ['a directory', './there', 'there/x'],
      ['a directory with "/"', './there/', 'there/x'],
      ['a new directory', './new/', 'new/x'],
      ['a new file', './new', 'new'],
      ['a new file in a new directory', './some/where/new', 'some/where/new'],
      ['a file', './there/is', 'there/is'],
      ['the working directory', '.', 'x'],
    ] as const
    it.each(rowsOn(server, PATHS))('to %s', async (_where, typed, path) => {
      const before = files()
      expect(await run(source(), typed, '--yes')).toMatchObject({ code: 0, summary: { totals: { copied: 1, listed: 1 } } })
      expect(files()).toEqual({ ...before, [path]: CONTENT })
      expect(await run(source(), typed, '--yes')).toMatchObject({ code: 0, summary: { totals: { copied: 0, skipped: 1 } } })
      expect(await run('verify', source(), typed)).toMatchObject({ code: 0 })
    })

    it.each([
      ['--ignore-existing', { 'y/x': 'stands' }, { totals: { copied: 0, skipped: 1, reasons: { exists: 1 } } }],
      ['--backup-prefix=old', { 'old/y/x': 'stands', 'y/x': CONTENT }, { totals: { copied: 1 } }],
      ['--delete', { 'y/x': CONTENT }, { totals: { copied: 1, deleted: 0 } }],
    ])('%s: what is at its key is looked at, and nothing else is touched', async (option, after, summary) => {
      const atPrefix = server.traits.has('no-slash-siblings') ? {} : { y: 'the prefix' }
      const others = { ...atPrefix, 'y/other': 'stays', z: 'stays' }
      const to = await oracle.bucketWith({ ...others, 'y/x': 'stands' })
      expect(await run(source(), `B:${to}/y/`, '--yes', option)).toMatchObject({ code: 0, summary })
      const expected: Record<string, string> = { ...others, ...after }
      expect((await oracle.keys(to)).filter((key) => !isNote(key))).toEqual(Object.keys(expected).sort())
      for (const [key, content] of Object.entries(expected)) expect((await oracle.get(to, key)).bytes.toString()).toBe(content)
    })

    it('globs and sizes are about it, by its name', async () => {
      const to = uniqueBucket('one')
      expect(await run(source(), `B:${to}`, '--yes', '--exclude', 'x')).toMatchObject({
        code: 0,
        summary: { totals: { filtered: 1, copied: 0 } },
      })
      expect(await run(source(), `B:${to}`, '--yes', '--include', 'x*', '--max-size', '1')).toMatchObject({
        summary: { totals: { filtered: 1 } },
      })
      expect(await run(source(), `B:${to}`, '--yes', '--include', 'x*')).toMatchObject({ summary: { totals: { copied: 1 } } })
    })
  })

  it('--files-from names it', async () => {
    const to = uniqueBucket('one')
    write('list', 'dir/x\ndir/x\n')
    expect(await run(`A:${from}/dir/x`, `B:${to}/y/`, '--yes', '--files-from', 'list')).toMatchObject({
      code: 0,
      summary: { totals: { copied: 1, listed: 1 } },
    })
    expect(await oracle.keys(to)).toEqual(['y/x'])
  })

  it('a link that is named is the file that it leads to, and has its own name', async () => {
    symlinkSync('dir/x', join(cwd, 'link'))
    expect(await run('./link', './there', '--yes')).toMatchObject({ code: 0, summary: { totals: { copied: 1 } } })
    expect(readFileSync(join(cwd, 'there/link'), 'utf8')).toBe(CONTENT)
  })

  it('onto itself it is refused', async () => {
    symlinkSync('dir/x', join(cwd, 'link'))
    expect((await run(`A:${from}/dir/x`, `B:${from}/dir/`, '--yes')).stderr).toContain('are the same object')
    expect((await run('./link', './dir/x', '--yes')).stderr).toContain('are the same file')
    expect(await run(`A:${from}/dir/x`, `B:${from}/dir/y`, '--yes')).toMatchObject({
      code: 0,
      summary: { totals: { copied: 1 } },
    })
    expect(await run('./dir/x', './dir/y', '--yes')).toMatchObject({ code: 0, summary: { totals: { copied: 1 } } })
  })

  const REFUSED = [
    ['./nothing', 'There is no file or directory'],
    ['./dir/x/below', 'a part of its path is a file'],
    ['./dir/x/', 'is a file, not a directory'],
    [`./${'long'.repeat(100)}`, 'too long'],
    ['./loop', 'in a circle'],
    ['/dev/null', 'neither a file nor a directory'],
  ] as const
  it.each(rowsOn(server, REFUSED))('%s is refused as SOURCE', async (typed, why) => {
    symlinkSync('loop', join(cwd, 'loop'))
    const { code, stderr } = await run(typed, `B:${uniqueBucket('no')}`, '--yes')
    expect(code).toBe(2)
    expect(stderr).toContain(why)
  })

  it('several are not copied into a file', async () => {
    expect(await run(`A:${from}/dir/`, './dir/x', '--yes')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is a file, not a directory'),
    })
    expect(await run(`A:${from}/dir/x`, './dir/x/below', '--yes')).toMatchObject({ code: 2 })
  })

  if (!server.traits.has('no-slash-siblings'))
    it('with keys below it, it goes beside them; a TARGET that takes only keys below leaves it out, by name', async () => {
      const both = await oracle.bucketWith({ 'dir/x': CONTENT, 'dir/x/k': 'below', 'dir/x2': 'beside' })
      const [one, two, three] = [uniqueBucket('both'), uniqueBucket('both'), uniqueBucket('both')]
      expect(await run(`A:${both}/dir/x`, `B:${one}/y`, '--yes')).toMatchObject({
        code: 0,
        summary: { totals: { copied: 2, listed: 2 } },
      })
      expect(await oracle.keys(one)).toEqual(['y', 'y/k'])
      for (const [bucket, typed, key] of [
        [two, '/y/', 'y/k'],
        [three, '', 'k'],
      ] as const) {
        const result = await run(`A:${both}/dir/x`, `B:${bucket}${typed}`, '--yes')
        expect(result).toMatchObject({
          code: 0,
          summary: { totals: { copied: 1, listed: 2, skipped: 1, reasons: { 'no-name': 1 } } },
        })
        expect(result.stderr).toContain(`${both}/dir/x is skipped: TARGET takes only the keys below it`)
        expect(await oracle.keys(bucket)).toEqual([key])
      }
      write('list', 'dir/x\ndir/x/k\n')
      expect(await run(`A:${both}/dir/x`, `B:${two}/z/`, '--yes', '--files-from', 'list')).toMatchObject({
        ...{ code: 0, summary: { totals: { copied: 1, listed: 2, reasons: { 'no-name': 1 } } } },
      })
      expect(await oracle.keys(two)).toEqual(['y/k', 'z/k'])
    })
})
