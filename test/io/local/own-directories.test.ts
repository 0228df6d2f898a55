import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from '../../../src/io/local/store.js'
import type { LocalStore } from '../../../src/io/local/store.js'

const base = mkdtempSync(join(tmpdir(), 's3-sync-own-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const never = new AbortController().signal
let root: string
let own: string
beforeEach(() => {
  root = mkdtempSync(join(base, 'root-'))
  own = join(root, 'home/state')
  mkdirSync(join(own, 'runs'), { recursive: true })
  for (const file of ['a', 'home/b', 'home/state/connections.json', 'home/state/runs/journal'])
    writeFileSync(join(root, file), file)
})

const open = (followLinks = false): LocalStore =>
  openLocalStore({ followLinks, followLinksFrom: followLinks, keepTimes: false, own: [own] })
const keysOf = async (store: LocalStore, bucket = root): Promise<readonly string[]> =>
  (await store.listPage({ bucket, prefix: '', signal: never })).entries.map(({ key }) => key)
const isOwn = { failure: { code: 'OwnState', kind: 'permanent' } }

describe('the directory of this tool’s own files', () => {
  it('is not listed', async () => {
    expect(await keysOf(open())).toEqual(['a', 'home/b'])
  })

  it('is not listed by another path', async () => {
    const alias = join(base, `alias-of-${root.slice(-6)}`)
    symlinkSync(root, alias)
    expect(await keysOf(open(), alias)).toEqual(['a', 'home/b'])
  })

  it('is not listed when links lead to it, into it, or to a file in it', async () => {
    const other = mkdtempSync(join(base, 'other-'))
    symlinkSync(own, join(other, 'to it'))
    symlinkSync(join(own, 'runs'), join(other, 'into it'))
    symlinkSync(join(own, 'connections.json'), join(other, 'file'))
    symlinkSync(join(root, 'home'), join(other, 'above it'))
    expect(await keysOf(open(true), other)).toEqual(['above it/b'])
    for (const key of ['to it/connections.json', 'into it/journal', 'file', 'above it/state/runs/journal'])
      await expect(open(true).get({ bucket: other, key, signal: never })).rejects.toMatchObject(isOwn)
  })

  it('is not listed when it is created after the store was opened', async () => {
    rmSync(own, { recursive: true })
    const store = open()
    expect(await keysOf(store)).toEqual(['a', 'home/b'])
    mkdirSync(own)
    writeFileSync(join(own, 'new'), '')
    expect(await keysOf(store)).toEqual(['a', 'home/b'])
  })

  it('may contain any file: none below it is reported as missing', async () => {
    const { files } = open()
    for (const key of ['home/state', 'home/state/never', 'home/state/runs/never/there'])
      expect(await files.hides({ bucket: root, key, signal: never })).toBe(true)
    expect(await files.hides({ bucket: root, key: 'home/never', signal: never })).toBe(false)
  })

  it('can’t be written, read or deleted from by name', async () => {
    const store = open()
    for (const key of ['home/state/runs/journal', 'home/state/new', 'home/state/deep/new']) {
      const put = store.put({ bucket: root, key, body: Buffer.from('x'), size: 1, attributes: { metadata: {} }, signal: never })
      await expect(put).rejects.toMatchObject(isOwn)
      expect(await store.deleteObjects({ bucket: root, keys: [key], signal: never })).toMatchObject(
        key.includes('deep') ? [] : [isOwn],
      )
    }
    const from = { bucket: root, key: 'home/state/connections.json' }
    await expect(store.get({ ...from, signal: never })).rejects.toMatchObject(isOwn)
    await expect(store.serverSideCopies.copy({ bucket: root, key: 'copy', from, signal: never })).rejects.toMatchObject(isOwn)
    expect(readFileSync(join(own, 'runs/journal'), 'utf8')).toBe('home/state/runs/journal')
    expect([existsSync(join(own, 'deep')), existsSync(join(root, 'copy'))]).toEqual([false, false])
  })

  it('can’t be a source or target itself, but a directory in it that the user names can', async () => {
    await expect(keysOf(open(), own)).rejects.toMatchObject({ failure: { code: 'OwnState', kind: 'fatal' } })
    mkdirSync(join(own, 'data'))
    writeFileSync(join(own, 'data/file'), '')
    expect(await keysOf(open(), join(own, 'data'))).toEqual(['file'])
  })
})
