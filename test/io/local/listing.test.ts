import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openLocalStore } from '../../../src/io/local/store.js'
import type { OpenStore } from '../../../src/io/open-store.js'
import { compareKeys } from '../../../src/pipeline/keys.js'
import type { ListPage } from '../../../src/pipeline/ports.js'
import type { Notice } from '../../../src/pipeline/run.js'

const base = mkdtempSync(join(tmpdir(), 's3-sync-walk-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const never = new AbortController().signal
const fresh = (): string => mkdtempSync(join(base, 'tree-'))

function write(root: string, ...keys: string[]): void {
  for (const key of keys) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), key)
  }
}

function open(followLinks = false, notices: Notice[] = []): OpenStore {
  const onNotice = (notice: Notice): void => void notices.push(notice)
  return openLocalStore({ followLinks, followLinksFrom: false, keepTimes: false, onNotice })
}

async function list(
  store: OpenStore,
  root: string,
  more: { prefix?: string; after?: string; limit?: number } = {},
): Promise<string[]> {
  const keys: string[] = []
  let page: ListPage | undefined
  do {
    page = await store.listPage({ bucket: root, prefix: '', ...more, ...(page?.next && { token: page.next }), signal: never })
    keys.push(...page.entries.map(({ key }) => key))
  } while (page.next !== undefined)
  return keys
}

/** Names that a file system can hold, where the order of bytes, of UTF-16 and of whole paths differ. */
const name = fc
  .array(fc.constantFrom('a', 'b', '0', '-', '.', '!', ' ', '\\', '*', '[', '\n', 'é', '\uff5e', '🚀'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((chars) => chars.join(''))
  .filter((text) => text !== '.' && text !== '..')
const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
/** A file can't be where a directory is. */
const keys = fc
  .uniqueArray(key, { maxLength: 20 })
  .map((all) => all.filter((one) => !all.some((other) => other !== one && other.startsWith(`${one}/`))))

describe('the listing of a directory', () => {
  it('is every file once, in the order of S3, whatever the names, the pages, the prefix and the start', async () => {
    const cases = fc.asyncProperty(keys, fc.integer({ min: 1, max: 5 }), key, key, async (all, limit, some, other) => {
      const root = fresh()
      write(root, ...all)
      const sorted = [...all].sort(compareKeys)
      const store = open()
      expect(await list(store, root, { limit })).toEqual(sorted)
      const [prefix, after] = [some.slice(0, 2), other]
      expect(await list(store, root, { prefix, after, limit })).toEqual(
        sorted.filter((one) => one.startsWith(prefix) && compareKeys(one, after) > 0),
      )
      store.close()
      rmSync(root, { recursive: true })
    })
    await fc.assert(cases, { numRuns: 150 })
  }, 60_000)

  it('of many files comes in pages of a thousand', async () => {
    const root = fresh()
    for (let i = 0; i < 2_345; i++) writeFileSync(join(root, `k${String(i).padStart(5, '0')}`), '')
    const store = open()
    const first = await store.listPage({ bucket: root, prefix: '', signal: never })
    expect([first.entries.length, first.next]).toEqual([1_000, 'k00999'])
    expect(await list(store, root)).toHaveLength(2_345)
  })

  it('a page can be asked for twice, also after its walk was forgotten', async () => {
    const root = fresh()
    write(root, 'a', 'b/c', 'b/d', 'e')
    const store = open()
    const { next } = await store.listPage({ bucket: root, prefix: '', limit: 2, signal: never })
    const ask = (from: OpenStore) => from.listPage({ bucket: root, prefix: '', signal: never, ...(next && { token: next }) })
    const expected = ['b/d', 'e']
    for (const from of [store, store, open()]) expect((await ask(from)).entries.map(({ key }) => key)).toEqual(expected)
  })

  it('empty directories are nothing, dotted names are names, and temporary files of this tool are not shown', async () => {
    const root = fresh()
    mkdirSync(join(root, 'empty/deep'), { recursive: true })
    write(root, '.hidden', '.git/config', '.s3-sync-0123456789abcdef.tmp', '.s3-sync-other.tmp')
    expect(await list(open(), root)).toEqual(['.git/config', '.hidden', '.s3-sync-other.tmp'])
  })

  it('names that are not UTF-8 are passed over, and that is said', async () => {
    const root = fresh()
    write(root, 'good', 'honest-\ufffd')
    writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from([0xff])]), '')
    const notices: Notice[] = []
    expect(await list(open(false, notices), root)).toEqual(['good', 'honest-\ufffd'])
    expect(notices.map(({ code }) => code)).toEqual(['NamesSkipped'])
  })

  it('symbolic links are passed over and that is said once; followed, they are what they lead to, but for circles', async () => {
    const [root, elsewhere] = [fresh(), fresh()]
    write(elsewhere, 'there/file')
    write(root, 'a/own')
    symlinkSync(join(elsewhere, 'there'), join(root, 'linked'))
    symlinkSync(join(elsewhere, 'there/file'), join(root, 'a/one'))
    symlinkSync(root, join(root, 'a/circle'))
    symlinkSync(join(root, 'never'), join(root, 'dangling'))
    const notices: Notice[] = []
    expect(await list(open(false, notices), root)).toEqual(['a/own'])
    expect(notices.map(({ code }) => code)).toEqual(['SymlinksSkipped'])
    expect(await list(open(true), root)).toEqual(['a/one', 'a/own', 'linked/file'])
  })

  it('what it passes over is not said to be missing', async () => {
    const [root, elsewhere] = [fresh(), fresh()]
    write(root, 'file', 'dir/below')
    symlinkSync(elsewhere, join(root, 'dir/link'))
    const { hides } = open()
    const hidden = async (key: string) => hides?.({ bucket: root, key, signal: never })
    const all = ['dir/link', 'dir/link/x/y', 'file', 'dir/below', 'never', 'dir/never', 'file/below', 'dir']
    expect(await Promise.all(all.map(hidden))).toEqual([true, true, true, true, false, false, false, false])
  })

  it('a directory that is replaced between two pages is a failure, never the end of the listing', async () => {
    const root = fresh()
    write(root, 'a/1', 'b/2', 'c/3')
    const store = open()
    const { next = '' } = await store.listPage({ bucket: root, prefix: '', limit: 1, signal: never })
    renameSync(root, `${root}-aside`)
    mkdirSync(root)
    const second = store.listPage({ bucket: root, prefix: '', token: next, signal: never })
    await expect(second).rejects.toMatchObject({ failure: { code: 'DirectoryReplaced', kind: 'fatal' } })
  })

  it.each([
    ['long ago', '1000000'],
    ['before 1970', '-1000000.25'],
    ['in the future', '2000000000'],
  ])('a file is as old as its modification time, whenever else it was changed: %s', async (_when, seconds) => {
    const root = fresh()
    write(root, 'a')
    utimesSync(join(root, 'a'), 0, seconds)
    const { entries } = await open().listPage({ bucket: root, prefix: '', signal: never })
    expect(entries[0]?.lastModified).toBe(Number(seconds) * 1_000)
  })
})
