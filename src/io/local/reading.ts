import mime from 'mime'
import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { ObjectStore } from '../../pipeline/ports/object-store.js'
import type { FileCalls } from '../../pipeline/ports/store-facets.js'
import type { Body, ByteRange, Checksum, GetAnswer, ObjectHead, ObjectRef } from '../../pipeline/ports/objects.js'
import { NO_PROPERTIES } from '../../pipeline/ports/object-metadata.js'
import { describe } from './describe.js'
import { existing } from './directories.js'
import { local, localFailure, toLocalFailure, unlessAborted } from './failures.js'
import type { ExactNames } from './names.js'
import { type Confines, pathOf, unlessNoEntry } from './paths.js'
import { textOfTime } from './times.js'

/** Bytes that one read of a file requests. */
const CHUNK = 256 * 1024

/** How files are read. */
export interface Reading {
  readonly confines: Confines
  readonly names: ExactNames
  readonly followLinks: boolean
}

/** Reading files; see {@link ObjectStore}. */
export function readCalls(reading: Reading): Pick<ObjectStore, 'head' | 'get'> {
  const headOf = (key: string, found: BigIntStats): ObjectHead => ({
    ...describe(found),
    attributes: attributesOf(key, found),
    properties: NO_PROPERTIES,
    checksums: [],
    tagCount: 0,
  })

  return {
    async head({ bucket, key, signal }) {
      unlessAborted('HeadObject', signal)
      const { handle, found } = await opened(reading, 'HeadObject', bucket, key)
      await handle.close()
      const isExact = await local('HeadObject', () => reading.names.isExact(bucket, pathOf('HeadObject', bucket, key)))
      if (!isExact) throw localFailure('HeadObject', 'NoSuchKey', `${key} is called otherwise`)
      return headOf(key, found)
    },

    async get({ bucket, key, ifMatch, range, gather = 0, signal }): Promise<GetAnswer> {
      const operation = 'GetObject'
      unlessAborted(operation, signal)
      const { handle, found } = await opened(reading, operation, bucket, key)
      const head = headOf(key, found)
      try {
        if (ifMatch !== undefined && ifMatch !== head.etag) throw changed(operation, key)
        const { start, end } = range ?? { start: 0, end: head.size }
        if (end > head.size || start > end)
          throw localFailure(operation, 'WrongRange', `${key} has ${head.size} bytes`, 'changed')
        const length = end - start
        const file = new FileBody(handle, key, start, length, () => isIn(handle, head.etag))
        if (length > gather) return { ...head, body: file, length }
        const body = await whole(file, length)
        return { ...head, checksums: range === undefined ? [crc(body)] : [], body, length }
      } catch (error) {
        await handle.close().catch(() => undefined)
        throw error
      }
    },
  }
}

/** Whether the file at a path is still in the state of an ETag. */
export async function isStill(
  { followLinks }: Reading,
  { bucket, key, etag, signal }: Parameters<FileCalls['isStill']>[0],
): Promise<boolean> {
  const operation = 'HeadObject'
  unlessAborted(operation, signal)
  const path = pathOf(operation, bucket, key)
  const found = await local(operation, () => (followLinks ? stat : lstat)(path, { bigint: true }).catch(unlessNoEntry))
  return found !== undefined && describe(found).etag === etag
}

/** A piece of a file as a stream; fails as `changed` when the file's ETag differs from `ifMatch`. */
export async function readPiece(
  reading: Reading,
  operation: string,
  { bucket, key }: ObjectRef,
  { start, end }: ByteRange,
  ifMatch: string | undefined,
): Promise<Body> {
  const { handle, found } = await opened(reading, operation, bucket, key)
  const { etag } = describe(found)
  if (ifMatch === undefined || ifMatch === etag) return new FileBody(handle, key, start, end - start, () => isIn(handle, etag))
  await handle.close()
  throw changed(operation, key)
}

/** Whether an open file is in the state of an ETag. */
async function isIn(handle: FileHandle, etag: string): Promise<boolean> {
  return describe(await handle.stat({ bigint: true })).etag === etag
}

/** Opens a file and describes it. A symbolic link counts as no file unless links are followed. */
export async function opened({ confines, followLinks }: Reading, operation: string, root: string, key: string) {
  const path = pathOf(operation, root, key)
  await existing(operation, root)
  const handle = await local(operation, async () => {
    await (followLinks ? confines.checkFollowed(operation, path) : confines.check(operation, root, path))
    return open(path, constants.O_RDONLY | (followLinks ? 0 : constants.O_NOFOLLOW))
  }).catch((error: unknown) => {
    const { failure } = toLocalFailure(operation, error)
    // A file contains no keys.
    throw failure.code === 'FileAndDirectory' ? localFailure(operation, 'NoSuchKey', `${key} is no file`) : error
  })
  try {
    const found = await local(operation, () => handle.stat({ bigint: true }))
    if (!found.isFile()) throw localFailure(operation, 'NoSuchKey', `${key} is no file`)
    return { handle, found }
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** The modification time, and a type guessed from the name. */
function attributesOf(key: string, { mtimeNs }: BigIntStats): ObjectHead['attributes'] {
  const contentType = mime.getType(key)
  return { ...(contentType === null ? {} : { contentType }), metadata: { mtime: textOfTime(mtimeNs) } }
}

/** The bytes of an open file, which is closed at the end. A write to the file meanwhile is detected at the end. */
class FileBody implements Body {
  private closed = false

  constructor(
    private readonly handle: FileHandle,
    private readonly key: string,
    private readonly start: number,
    private readonly length: number,
    private readonly isUnchanged: () => Promise<boolean>,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let at = 0; at < this.length;) {
        const bytes = Buffer.allocUnsafe(Math.min(CHUNK, this.length - at))
        const { bytesRead } = await local('GetObject', () => this.handle.read(bytes, 0, bytes.length, this.start + at))
        if (bytesRead === 0) throw localFailure('GetObject', 'TruncatedBody', `${this.key} ends after ${at} bytes`, 'transient')
        at += bytesRead
        if (at === this.length && !(await this.isUnchanged())) throw changed('GetObject', this.key)
        yield bytes.subarray(0, bytesRead)
      }
    } finally {
      this.destroy()
    }
  }

  destroy(): void {
    if (this.closed) return
    this.closed = true
    void this.handle.close().catch(() => undefined)
  }
}

async function whole(body: FileBody, length: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks, length)
}

function crc(bytes: Buffer): Checksum {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(bytes))
  return { algorithm: 'CRC32', value: value.toString('base64') }
}

export function changed(operation: string, key: string) {
  return localFailure(operation, 'PreconditionFailed', `${key} is not the file that was listed`, 'changed')
}
