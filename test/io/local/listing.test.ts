import { afterAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openLocalStore } from '../../../src/io/local/store.js'
import type { LocalStore } from '../../../src/io/local/store.js'
import { compareKeys } from '../../../src/pipeline/ports/key-order.js'
import type { ListPage } from '../../../src/pipeline/ports/objects.js'
import { unprivileged } from '../../support/unprivileged.js'

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

function open(followLinks = false): LocalStore {
  return openLocalStore({ followLinks, followLinksFrom: false, keepTimes: false, own: [] })
}

async function list(
  store: LocalStore,
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

const inWords = ({ unlisted = [] }: ListPage): readonly string[] =>
  unlisted.map((one) => `${'failure' in one ? one.failure.code : one.notice.code} ${one.key}`)

/** The items of a listing that are not objects, as text. */
async function unlisted(store: LocalStore, root: string, more: Parameters<typeof list>[2] = {}): Promise<string[]> {
  const found: string[] = []
  let page: ListPage | undefined
  do {
    page = await store.listPage({ bucket: root, prefix: '', ...more, ...(page?.next && { token: page.next }), signal: never })
    found.push(...inWords(page))
  } while (page.next !== undefined)
  return found
}

/** Possible file names for which the orders of bytes, UTF-16 and whole paths differ. */
const name = fc
  .array(fc.constantFrom('a', 'b', '0', '-', '.', '!', ' ', '\\', '*', '[', '\n', 'é', '\uff5e', '🚀'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((chars) => chars.join(''))
  .filter((text) => text !== '.' && text !== '..')
const key = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'))
/** Without a file in the place of a directory. */
const keys = fc
  .uniqueArray(key, { maxLength: 20 })
  .map((all) => all.filter((one) => !all.some((other) => other !== one && other.startsWith(`${one}/`))))

describe('the listing of a directory', () => {
  it('contains every file once, in the order of S3, for any names, page sizes, prefix and start', async () => {
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
  })

  it('has pages of a thousand files', async () => {
    const root = fresh()
    for (let i = 0; i < 2_345; i++) writeFileSync(join(root, `k${String(i).padStart(5, '0')}`), '')
    const store = open()
    const first = await store.listPage({ bucket: root, prefix: '', signal: never })
    expect([first.entries.length, first.next]).toEqual([1_000, 'k00999'])
    expect(await list(store, root)).toHaveLength(2_345)
  })

  it('returns a page twice on request, also after its walk was dropped', async () => {
    const root = fresh()
    write(root, 'a', 'b/c', 'b/d', 'e')
    const store = open()
    const { next } = await store.listPage({ bucket: root, prefix: '', limit: 2, signal: never })
    const ask = (from: LocalStore) => from.listPage({ bucket: root, prefix: '', signal: never, ...(next && { token: next }) })
    const expected = ['b/d', 'e']
    for (const from of [store, store, open()]) expect((await ask(from)).entries.map(({ key }) => key)).toEqual(expected)
  })

  it('omits empty directories and temporary files of this tool, but includes dotted names', async () => {
    const root = fresh()
    mkdirSync(join(root, 'empty/deep'), { recursive: true })
    write(root, '.hidden', '.git/config', '.s3-sync-0123456789abcdef.tmp', '.s3-sync-other.tmp')
    expect(await list(open(), root)).toEqual(['.git/config', '.hidden', '.s3-sync-other.tmp'])
  })

  it('reports names that are not UTF-8 as failures, with their invalid bytes escaped', async () => {
    const root = fresh()
    write(root, 'good', 'honest-\ufffd')
    for (const bytes of [[0xff], [0xc3, 0xa9, 0xc3], [0xed, 0xa0, 0x80]])
      writeFileSync(Buffer.concat([Buffer.from(`${root}/bad-`), Buffer.from(bytes)]), '')
    mkdirSync(Buffer.concat([Buffer.from(`${root}/dir-`), Buffer.from([0xfe])]))
    expect(await list(open(), root)).toEqual(['good', 'honest-\ufffd'])
    expect(await unlisted(open(), root)).toEqual([
      'NotUtf8 bad-\\xed\\xa0\\x80',
      'NotUtf8 bad-\\xff',
      'NotUtf8 bad-é\\xc3',
      'NotUtf8 dir-\\xfe',
    ])
  })

  it('skips symbolic links; when it follows them, it lists their targets and reports broken ones as failures', async () => {
    const [root, elsewhere] = [fresh(), fresh()]
    write(elsewhere, 'there/file')
    write(root, 'a/own')
    symlinkSync(join(elsewhere, 'there'), join(root, 'linked'))
    symlinkSync(join(elsewhere, 'there/file'), join(root, 'a/one'))
    symlinkSync(root, join(root, 'a/circle'))
    symlinkSync(join(root, 'never'), join(root, 'dangling'))
    symlinkSync('itself', join(root, 'itself'))
    expect(await list(open(false), root)).toEqual(['a/own'])
    expect(await unlisted(open(false), root)).toEqual(
      ['a/circle', 'a/one', 'dangling', 'itself', 'linked'].map((link) => `SymlinksSkipped ${link}`),
    )
    expect(await list(open(true), root)).toEqual(['a/one', 'a/own', 'linked/file'])
    expect(await unlisted(open(true), root)).toEqual(['LinkLoop a/circle/', 'DeadLink dangling', 'LinkLoop itself'])
  })

  describe('an unreadable directory', () => {
    /** `closed/` is unreadable; in `blind/` only the names are readable. */
    const tree = (): string => {
      const root = fresh()
      for (const directory of [base, root]) chmodSync(directory, 0o755)
      write(root, 'a', 'blind/1', 'blind/2/3', 'closed/4', 'd/closed/5', 'e')
      for (const directory of ['closed', 'd/closed']) chmodSync(join(root, directory), 0)
      chmodSync(join(root, 'blind'), 0o444)
      return root
    }
    const NAMED = ['blind/1', 'blind/2/', 'closed/', 'd/closed/'].map((key) => `PermissionDenied ${key}`)

    it.each([1, 2, 1_000])('is reported, and everything else is listed; in pages of %i', async (limit) => {
      const root = tree()
      await unprivileged(async () => {
        expect(await list(open(), root, { limit })).toEqual(['a', 'e'])
        expect(await unlisted(open(), root, { limit })).toEqual(NAMED)
      })
    })

    it('is reported once, also when another store instance returns each page', async () => {
      const root = tree()
      await unprivileged(async () => {
        const found: string[] = []
        let next: string | undefined
        do {
          const page = await open().listPage({ bucket: root, prefix: '', limit: 1, signal: never, ...(next && { token: next }) })
          found.push(...page.entries.map(({ key }) => key), ...inWords(page))
          next = page.next
        } while (next !== undefined)
        expect(found.sort()).toEqual(['a', 'e', ...NAMED].sort())
      })
    })

    it('is not reported by a listing of other names', async () => {
      const root = tree()
      await unprivileged(async () => {
        expect(await unlisted(open(), root, { prefix: 'd/' })).toEqual(['PermissionDenied d/closed/'])
        expect(await unlisted(open(), root, { prefix: 'e' })).toEqual([])
        expect(await unlisted(open(), root, { after: 'closed/5' })).toEqual([
          'PermissionDenied closed/',
          'PermissionDenied d/closed/',
        ])
        expect(await unlisted(open(), root, { after: 'd/d' })).toEqual([])
      })
    })

    it('is not even read when everything below it is excluded', async () => {
      const root = tree()
      const asked: string[] = []
      const skips = (key: string): boolean => {
        asked.push(key)
        return /(^|\/)(closed|blind)\/$/.test(key)
      }
      await unprivileged(async () => {
        const page = await open().listPage({ bucket: root, prefix: '', signal: never, skips })
        expect([page.entries.map(({ key }) => key), inWords(page)]).toEqual([['a', 'e'], []])
      })
      expect(asked).toEqual(['blind/', 'closed/', 'd/', 'd/closed/'])
    })

    it('may contain any file: none below it is reported as missing', async () => {
      const root = tree()
      await unprivileged(async () => {
        for (const key of ['closed/never', 'closed/never/there', 'blind/never'])
          expect(await open().files.hides({ bucket: root, key, signal: never })).toBe(true)
        expect(await open().files.hides({ bucket: root, key: 'never', signal: never })).toBe(false)
      })
    })

    it('fails the listing if it is the root', async () => {
      const root = tree()
      await unprivileged(async () => {
        const listing = open().listPage({ bucket: join(root, 'closed'), prefix: '', signal: never })
        await expect(listing).rejects.toMatchObject({ failure: { code: 'PermissionDenied' } })
      })
    })
  })

  it('skipped files are not reported as missing', async () => {
    const [root, elsewhere] = [fresh(), fresh()]
    write(root, 'file', 'dir/below')
    symlinkSync(elsewhere, join(root, 'dir/link'))
    const { files } = open()
    const hidden = async (key: string) => files.hides({ bucket: root, key, signal: never })
    const all = ['dir/link', 'dir/link/x/y', 'file', 'dir/below', 'never', 'dir/never', 'file/below', 'dir']
    expect(await Promise.all(all.map(hidden))).toEqual([true, true, true, true, false, false, false, false])
  })

  it('replacing a directory between two pages is a failure, never the end of the listing', async () => {
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
  ])('the age of a file is its modification time, whatever its other times: %s', async (_when, seconds) => {
    const root = fresh()
    write(root, 'a')
    utimesSync(join(root, 'a'), 0, seconds)
    const { entries } = await open().listPage({ bucket: root, prefix: '', signal: never })
    expect(entries[0]?.lastModified).toBe(Number(seconds) * 1_000)
  })
})
