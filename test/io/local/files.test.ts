import { afterAll, beforeEach, describe, expect, it } from '@jest/globals'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import fc from 'fast-check'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openLocalStore } from '../../../src/io/local/store.js'
import type { LocalStore } from '../../../src/io/local/store.js'
import { asBody } from '../../../src/pipeline/ports/body.js'

const base = mkdtempSync(join(tmpdir(), 's3-sync-files-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const never = new AbortController().signal
const PLAIN = { metadata: {} }
let root: string
let store: LocalStore
beforeEach(() => {
  root = mkdtempSync(join(base, 'root-'))
  store = openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: true, own: [] })
})

const put = (key: string, content = key, attributes: { metadata: Record<string, string> } = PLAIN) =>
  store.put({ bucket: root, key, body: Buffer.from(content), size: Buffer.byteLength(content), attributes, signal: never })
const get = (key: string, more: { ifMatch?: string; gather?: number } = {}) =>
  store.get({ bucket: root, key, signal: never, ...more })
const failing = (code: string) => ({ failure: { code, kind: 'permanent' } })

describe('a key that can’t be a file name is reported as failed, and nothing is written', () => {
  it.each([
    ['../out', 'BadFileName'],
    ['a/../../out', 'BadFileName'],
    ['a/./b', 'BadFileName'],
    ['/etc/passwd', 'BadFileName'],
    ['a//b', 'BadFileName'],
    ['a/', 'BadFileName'],
    ['nul\0', 'BadFileName'],
    ['\ud800', 'BadFileName'],
    [`long/${'é'.repeat(128)}`, 'BadFileName'],
    ['.s3-sync-0123456789abcdef.tmp', 'BadFileName'],
  ])('%j', async (key, code) => {
    await expect(put(key)).rejects.toMatchObject(failing(code))
    await expect(get(key)).rejects.toMatchObject(failing(code))
    expect(readdirSync(root)).toEqual([])
    expect(existsSync(join(root, '../out'))).toBe(false)
  })

  it('of a and a/b, the second one', async () => {
    await put('a')
    await expect(put('a/b')).rejects.toMatchObject(failing('FileAndDirectory'))
    await put('c/d')
    await expect(put('c')).rejects.toMatchObject(failing('FileAndDirectory'))
    expect(readdirSync(root).sort()).toEqual(['a', 'c'])
  })

  it('a key whose directory is a symbolic link that leads out', async () => {
    const elsewhere = mkdtempSync(join(base, 'elsewhere-'))
    writeFileSync(join(elsewhere, 'secret'), 'secret')
    symlinkSync(elsewhere, join(root, 'link'))
    await expect(put('link/new')).rejects.toMatchObject(failing('LeavesDirectory'))
    await expect(get('link/secret')).rejects.toMatchObject(failing('LeavesDirectory'))
    expect(await store.deleteObjects({ bucket: root, keys: ['link/secret'], signal: never })).toMatchObject([
      failing('LeavesDirectory'),
    ])
    await expect(put('link/deep/new')).rejects.toMatchObject(failing('LeavesDirectory'))
    const copied = store.serverSideCopies.copy({
      bucket: root,
      key: 'copy',
      from: { bucket: root, key: 'link/secret' },
      signal: never,
    })
    await expect(copied).rejects.toMatchObject(failing('LeavesDirectory'))
    expect(readdirSync(elsewhere)).toEqual(['secret'])
  })

  it('a symbolic link in place of a file is replaced, not written through, and not read', async () => {
    const elsewhere = join(mkdtempSync(join(base, 'elsewhere-')), 'file')
    writeFileSync(elsewhere, 'theirs')
    symlinkSync(elsewhere, join(root, 'key'))
    await expect(get('key')).rejects.toMatchObject(failing('LeavesDirectory'))
    await put('key', 'ours')
    expect([readFileSync(elsewhere, 'utf8'), readFileSync(join(root, 'key'), 'utf8')]).toEqual(['theirs', 'ours'])
  })
})

describe('copying from another directory', () => {
  it.each([
    ['does not follow symbolic links', false],
    ['follows them where the source is followed', true],
  ])('%s, as a whole and in parts', async (_what, followLinksFrom) => {
    const elsewhere = mkdtempSync(join(base, 'elsewhere-'))
    writeFileSync(join(elsewhere, 'file'), 'their bytes')
    const source = mkdtempSync(join(base, 'source-'))
    symlinkSync(join(elsewhere, 'file'), join(source, 'link'))
    symlinkSync(elsewhere, join(source, 'dir'))
    const to = openLocalStore({ followLinks: false, followLinksFrom, keepTimes: false, own: [] })
    const { uploadId } = await to.multipart.createUpload({ bucket: root, key: 'in parts', attributes: PLAIN, signal: never })
    const read = (key: string) => readFileSync(join(root, key), 'utf8')
    for (const key of ['link', 'dir/file']) {
      const from = { bucket: source, key }
      const copy = () => to.serverSideCopies.copy({ bucket: root, key, from, signal: never })
      const part = { uploadId, number: 1, range: { start: 0, end: 5 } }
      const copyPart = () => to.serverSideCopies.copyPart({ bucket: root, key: 'in parts', ...part, from, signal: never })
      if (followLinksFrom) {
        await copy()
        expect([read(key), await copyPart()]).toMatchObject(['their bytes', { number: 1 }])
      } else {
        await expect(copy()).rejects.toMatchObject(failing('LeavesDirectory'))
        await expect(copyPart()).rejects.toMatchObject(failing('LeavesDirectory'))
      }
    }
  })
})

describe('writing', () => {
  it('leaves no temporary file behind when it succeeds, fails or is cancelled', async () => {
    await put('fine')
    const cut = Readable.from([Buffer.from('abc')], { objectMode: false })
    await expect(store.put({ bucket: root, key: 'cut', body: cut, size: 10, attributes: PLAIN, signal: never })).rejects.toThrow()
    const controller = new AbortController()
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        yield await Promise.resolve(Buffer.alloc(1_000))
        controller.abort()
      }
    }
    const body = Readable.from(endless(), { objectMode: false })
    const called = store.put({ bucket: root, key: 'off', body, size: 1e9, attributes: PLAIN, signal: controller.signal })
    await expect(called).rejects.toMatchObject(failing('Aborted'))
    expect(readdirSync(root)).toEqual(['fine'])
  })

  it('leaves no temporary file behind when the store is closed meanwhile', async () => {
    let begun: () => void
    const writing = new Promise<void>((resolve) => (begun = resolve))
    async function* slow(): AsyncGenerator<Buffer> {
      yield Buffer.from('abc')
      begun()
      await new Promise((resolve) => setTimeout(resolve, 100))
      yield Buffer.from('def')
    }
    const body = Readable.from(slow(), { objectMode: false })
    const put = store.put({ bucket: root, key: 'half', body, size: 6, attributes: PLAIN, signal: never })
    const { uploadId } = await store.multipart.createUpload({ bucket: root, key: 'parts', attributes: PLAIN, signal: never })
    await writing
    expect(readdirSync(root)).toHaveLength(2)
    store.close()
    expect(readdirSync(root)).toEqual([])
    await expect(put).rejects.toThrow()
    await store.multipart.abortUpload({ bucket: root, key: 'parts', uploadId, signal: never })
  })

  it('replaces a file atomically: a reader with the old file open reads it to its end', async () => {
    await put('key', 'old')
    const old = openSync(join(root, 'key'), 'r')
    await put('key', 'new')
    expect(readFileSync(old, 'utf8')).toBe('old')
    closeSync(old)
  })

  describe('gives a file a modification time', () => {
    const NOW = undefined
    const AT = 1_600_000_000_123
    it.each([
      // keepTimes, mtime in the metadata, lastModified (ms), modification time of the file (ns)
      [true, '1234567890.123456789', AT, 1_234_567_890_123_456_000n],
      [true, '1234567890', AT, 1_234_567_890_000_000_000n],
      [true, '-86400.5', AT, -86_400_500_000_000n],
      [true, '-0.000001', AT, -1_000n],
      [true, 'yesterday', AT, 1_600_000_000_123_000_000n],
      [true, undefined, AT, 1_600_000_000_123_000_000n],
      [true, 'yesterday', undefined, NOW],
      [false, '1234567890', AT, 1_600_000_000_123_000_000n],
      [false, '1234567890', 0, NOW],
      [false, undefined, AT, 1_600_000_000_123_000_000n],
      // For an uploaded file: the same time with higher precision.
      [false, '1600000000.123456789', AT, 1_600_000_000_123_456_000n],
      [false, '-0.500000000', -500, -500_000_000n],
      [false, '0.000000000', 0, 0n],
    ])('keepTimes %s, metadata %s, modified at %s', async (keepTimes, mtime, lastModified, expected) => {
      const to = openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes, own: [] })
      const attributes = { metadata: mtime === undefined ? {} : { mtime } }
      const begun = BigInt(Date.now() - 1_000) * 1_000_000n
      await to.put({ bucket: root, key: 'k', body: Buffer.from('x'), size: 1, attributes, lastModified, signal: never })
      const { mtimeNs } = statSync(join(root, 'k'), { bigint: true })
      if (expected === NOW) expect(mtimeNs).toBeGreaterThan(begun)
      else expect(mtimeNs).toBe(expected)
    })

    it('any time, to the microsecond', async () => {
      const cases = fc.asyncProperty(fc.bigInt({ min: -2_000_000_000_000_000n, max: 2_100_000_000_000_000n }), async (micros) => {
        const [sign, digits] = [micros < 0n ? '-' : '', String(micros < 0n ? -micros : micros).padStart(7, '0')]
        await put('k', 'x', { metadata: { mtime: `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}000` } })
        expect(statSync(join(root, 'k'), { bigint: true }).mtimeNs).toBe(micros * 1_000n)
        const { attributes } = await store.head({ bucket: root, key: 'k', signal: never })
        expect(attributes.metadata['mtime']).toBe(`${sign}${digits.slice(0, -6)}.${digits.slice(-6)}000`)
      })
      await fc.assert(cases, { numRuns: 200 })
    })

    it('the time of the file that it copies, also for a read-only one', async () => {
      writeFileSync(join(root, 'a'), 'x', { mode: 0o400 })
      utimesSync(join(root, 'a'), 0, '1234567890.123456')
      await store.serverSideCopies.copy({ bucket: root, key: 'b', from: { bucket: root, key: 'a' }, signal: never })
      const [a, b] = ['a', 'b'].map((name) => statSync(join(root, name), { bigint: true }).mtimeNs)
      expect(b).toBe(a)
    })
  })

  it('the time of the object when it is written in parts, in any order', async () => {
    const upload = { bucket: root, key: 'deep/large', attributes: PLAIN, lastModified: 1_000_000_000_000 }
    const { uploadId } = await store.multipart.createUpload({ ...upload, signal: never })
    const part = (number: number, start: number, text: string) =>
      store.multipart.uploadPart({
        bucket: root,
        key: 'deep/large',
        uploadId,
        number,
        start,
        body: Buffer.from(text),
        size: text.length,
        signal: never,
      })
    const second = await part(2, 4, 'two')
    expect(readdirSync(join(root, 'deep'))).not.toContain('large')
    const parts = [await part(1, 0, 'one-'), second]
    await store.multipart.completeUpload({ bucket: root, key: 'deep/large', uploadId, parts, signal: never })
    expect(readFileSync(join(root, 'deep/large'), 'utf8')).toBe('one-two')
    expect(statSync(join(root, 'deep/large')).mtimeMs).toBe(1_000_000_000_000)
  })
})

describe('reading', () => {
  it('returns a type by the name, the modification time in rclone’s format, and a checksum of content held in memory', async () => {
    writeFileSync(join(root, 'photo.jpg'), '123456789')
    utimesSync(join(root, 'photo.jpg'), 0, 1_600_000_000.5)
    const answer = await get('photo.jpg', { gather: 100 })
    expect(answer).toMatchObject({
      ...{ size: 9, length: 9, attributes: { contentType: 'image/jpeg', metadata: { mtime: '1600000000.500000000' } } },
      // The check value of CRC-32.
      checksums: [{ algorithm: 'CRC32', value: Buffer.from('cbf43926', 'hex').toString('base64') }],
    })
    expect((await get('photo.jpg')).checksums).toEqual([])
  })

  it('of a file that changed since it was listed fails as changed', async () => {
    writeFileSync(join(root, 'a'), 'one')
    const { etag } = await store.head({ bucket: root, key: 'a', signal: never })
    writeFileSync(join(root, 'a'), 'two')
    utimesSync(join(root, 'a'), 0, 1)
    await expect(get('a', { ifMatch: etag })).rejects.toMatchObject({ failure: { kind: 'changed' } })
  })

  it.each([
    ['another file is renamed over it', (at: string) => renameSync(`${at}.other`, at)],
    ['its rights change', (at: string) => chmodSync(at, 0o600)],
    ['it is deleted', (at: string) => rmSync(at)],
  ])('detects that a file is no longer as it was read when %s', async (_how, change) => {
    for (const name of ['a', 'a.other']) writeFileSync(join(root, name), 'same size')
    const { mtime } = statSync(join(root, 'a'))
    utimesSync(join(root, 'a.other'), mtime, mtime)
    const { etag } = await get('a')
    const isStill = () => store.files.isStill({ bucket: root, key: 'a', etag, signal: never })
    expect(await isStill()).toBe(true)
    change(join(root, 'a'))
    expect(await isStill()).toBe(false)
  })

  it('of a file that is written meanwhile fails as changed before its last byte is returned', async () => {
    writeFileSync(join(root, 'a'), Buffer.alloc(600_000, 1))
    const { body, length } = await get('a')
    let came = 0
    const reading = (async () => {
      for await (const chunk of asBody(body)) {
        came += chunk.length
        utimesSync(join(root, 'a'), 0, 1)
      }
    })()
    await expect(reading).rejects.toMatchObject({ failure: { kind: 'changed' } })
    expect(came).toBeLessThan(length)
  })

  it('of a file that is truncated meanwhile fails', async () => {
    writeFileSync(join(root, 'a'), Buffer.alloc(600_000, 1))
    const { body } = await get('a')
    const reading = (async () => {
      for await (const chunk of asBody(body)) if (chunk.length > 0) writeFileSync(join(root, 'a'), 'short')
    })()
    await expect(reading).rejects.toMatchObject({ failure: { code: 'TruncatedBody' } })
  })

  it('of a directory, or of a key below a file, finds no object', async () => {
    mkdirSync(join(root, 'dir'))
    writeFileSync(join(root, 'file'), '')
    for (const key of ['dir', 'file/below', 'never/there']) await expect(get(key)).rejects.toMatchObject(failing('NoSuchKey'))
  })
})

describe('deleting', () => {
  it('removes directories that became empty, but never the root', async () => {
    await put('a/b/c')
    await put('a/d')
    expect(await store.deleteObjects({ bucket: root, keys: ['a/b/c', 'never', 'a/d/below'], signal: never })).toEqual([])
    expect(readdirSync(join(root, 'a'))).toEqual(['d'])
    await store.deleteObjects({ bucket: root, keys: ['a/d'], signal: never })
    expect(readdirSync(root)).toEqual([])
  })
})
