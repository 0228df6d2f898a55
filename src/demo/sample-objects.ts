import { Readable } from 'node:stream'
import type { S3Store } from '../io/s3/store.js'
import type { Body, ObjectAttributes } from '../pipeline/ports/objects.js'

const MiB = 2 ** 20
/** Above the threshold for copying in parts. */
const LARGE = 80 * MiB
/** The embedded server accepts bodies of up to 11 MiB. */
const LARGE_PART = 8 * MiB
const CHUNK = 64 * 1024

/** One generated object. */
export interface SampleObject {
  readonly key: string
  /** bytes */
  readonly size: number
  readonly attributes: ObjectAttributes
}

/**
 * Keys that other tools have failed on. Their first letters make every sort order agree: the embedded server sorts by locale and pages by code
 * unit, and would list some keys twice and others never.
 */
const ODD_KEYS = [
  'odd/a name with spaces.txt',
  'odd/b+plus=equals.txt',
  'odd/café über.txt',
  'odd/d%20percent.txt',
  'odd/e東京.jpg',
  'odd/f🚀.log',
  'odd/g\'"&<>.xml',
  'odd/h empty',
]
const EMPTY = 'odd/h empty'

const FOLDERS = ['photos/2025', 'photos/2026', 'logs', 'backup/db', 'www/assets', 'docs']
const TYPES = ['image/jpeg', 'image/png', 'text/plain; charset=utf-8', 'application/gzip', 'text/css', 'application/pdf']

/** `count` objects, the same on each call: mostly small, some of a few hundred KiB, one that is copied in parts, and unusual keys. */
export function* sampleObjects(count: number): Generator<SampleObject> {
  for (const key of ODD_KEYS)
    yield {
      key,
      size: key === EMPTY ? 0 : 1_234,
      attributes: { contentType: 'text/plain', metadata: { title: `✓ ${key.length}` } },
    }
  yield {
    key: 'videos/holiday.mp4',
    size: LARGE,
    attributes: { contentType: 'video/mp4', cacheControl: 'max-age=3600', metadata: {} },
  }
  const random = randomNumbers(42)
  for (let number = ODD_KEYS.length + 1; number < count; number++) {
    const folder = Math.floor(random() * FOLDERS.length)
    const size = Math.floor(random() ** 8 * 512 * 1024)
    const key = `${FOLDERS[folder] ?? ''}/${String(number).padStart(5, '0')}.bin`
    yield { key, size, attributes: { contentType: TYPES[folder] ?? '', metadata: { number: String(number) } } }
  }
}

/** Writes an object, a large one in parts. */
export async function writeSampleObject(
  store: S3Store,
  bucket: string,
  { key, size, attributes }: SampleObject,
  signal: AbortSignal,
): Promise<void> {
  const object = { bucket, key, signal }
  if (size < LARGE) {
    await store.put({ ...object, size, attributes, body: bytes(0, size) })
    return
  }
  const { uploadId } = await store.multipart.createUpload({ ...object, attributes })
  const parts = []
  for (let start = 0; start < size; start += LARGE_PART) {
    const end = Math.min(start + LARGE_PART, size)
    parts.push(
      await store.multipart.uploadPart({
        ...object,
        uploadId,
        number: start / LARGE_PART + 1,
        start,
        size: end - start,
        body: bytes(start, end),
      }),
    )
  }
  await store.multipart.completeUpload({ ...object, uploadId, parts })
}

/** Bytes `[start, end)` of an endless pattern that never repeats within a chunk's length. */
function bytes(start: number, end: number): Body {
  function* chunks(): Generator<Uint8Array> {
    for (let from = start; from < end; from += CHUNK) {
      const chunk = Buffer.alloc(Math.min(CHUNK, end - from), `${from} `)
      yield chunk
    }
  }
  return Readable.from(chunks(), { objectMode: false })
}

/** Marsaglia's xorshift32, in [0, 1): the same numbers each time. */
function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
