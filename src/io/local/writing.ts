import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, rm, utimes } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isTimeSettled } from '../../pipeline/compare/clock-difference.js'
import { asBody } from '../../pipeline/ports/body.js'
import type { NotDeleted, ObjectStore } from '../../pipeline/ports/object-store.js'
import type { Checksum, Content, Written } from '../../pipeline/ports/objects.js'
import type { FileCalls, ServerSideCopies } from '../../pipeline/ports/store-facets.js'
import { newChecksum } from '../hashers.js'
import { describe } from './describe.js'
import { existing, removeEmptyAbove } from './directories.js'
import { local, localFailure, toLocalFailure, unlessAborted } from './failures.js'
import type { ExactNames } from './names.js'
import { type Confines, isMissing, pathOf, type Temporaries } from './paths.js'
import { changed, isStill, opened, type Reading } from './reading.js'
import { localClock, setModified, type Times, timeToGive } from './times.js'

export interface Writing {
  /** How to read files to copy, from this directory or another one. */
  readonly from: Reading
  readonly confines: Confines
  readonly temporaries: Temporaries
  readonly names: ExactNames
  /** Files get the modification time in the object's metadata, not that of the object. */
  readonly keepTimes: boolean
}

/** Writing and deleting files; see {@link ObjectStore}. */
export function writeCalls(writing: Writing): Pick<ObjectStore, 'put' | 'deleteObjects'> {
  return {
    async put({ bucket, key, body, size, attributes, lastModified, md5, checksum, signal }) {
      const operation = 'PutObject'
      const into = await place(writing, operation, bucket, key, signal)
      return into.write({ attributes, lastModified }, async (handle) => {
        const digest = await written(operation, handle, body, size, 0, checksum, signal)
        if (md5 !== undefined && md5 !== digest) throw badDigest(operation, key)
        return { etag: digest }
      })
    },

    async deleteObjects({ bucket, keys, signal }) {
      const operation = 'DeleteObjects'
      await existing(operation, bucket)
      const failures: NotDeleted[] = []
      for (const key of keys) {
        unlessAborted(operation, signal)
        try {
          const path = pathOf(operation, bucket, key)
          await writing.confines.check(operation, bucket, path)
          if (!(await writing.names.isExact(bucket, path))) continue
          await rm(path)
          await removeEmptyAbove(bucket, path)
        } catch (error) {
          const { failure } = toLocalFailure(operation, error)
          if (!isMissing(error) && failure.code !== 'NoSuchKey') failures.push({ key, failure })
        }
      }
      writing.confines.forget()
      writing.names.forget()
      return failures
    },
  }
}

/** Copies a file within the file system; see {@link ServerSideCopies}. */
export async function copyWithin(
  writing: Writing,
  { bucket, key, from, ifMatch, signal }: Parameters<ServerSideCopies['copy']>[0],
): Promise<Written> {
  const operation = 'CopyObject'
  const { handle, found } = await opened(writing.from, operation, from.bucket, from.key)
  await handle.close()
  const { etag, ...seen } = describe(found)
  if (ifMatch !== undefined && ifMatch !== etag) throw changed(operation, from.key)
  const into = await place(writing, operation, bucket, key, signal)
  const isSettled = isTimeSettled({ key, etag, ...seen }, localClock())
  await into.fill(async (temporary) => {
    await copyFile(pathOf(operation, from.bucket, from.key), temporary, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    // The file gets the time of its source only when that time identifies one state of the source. By path, not by handle: the copy of a
    // read-only file is read-only.
    if (isSettled) await setModified({ utimes: (atime, mtime) => utimes(temporary, atime, mtime) }, found.mtimeNs)
    if (!(await isStill(writing.from, { ...from, etag, signal }))) throw changed(operation, from.key)
  })
  // The bytes are the same, so the ETag is that of the source.
  return { etag }
}

/** See {@link FileCalls.setTime}. */
export async function setTime(
  { confines }: Writing,
  { bucket, key, lastModified, ifMatch, signal }: Parameters<FileCalls['setTime']>[0],
): Promise<void> {
  const operation = 'SetTime'
  unlessAborted(operation, signal)
  const path = pathOf(operation, bucket, key)
  await confines.check(operation, bucket, path)
  await local(operation, async () => {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      if (describe(await handle.stat({ bigint: true })).etag === ifMatch)
        await setModified(handle, BigInt(lastModified) * 1_000_000n)
    } finally {
      await handle.close()
    }
  })
}

/** The destination of a file: it is written under a temporary name in the same directory, and renamed when complete. */
export interface Destination {
  readonly temporary: string
  readonly path: string
  /** Runs `step` to write the file. A failure leaves nothing behind. */
  write<T>(times: Times, step: (handle: FileHandle) => Promise<T>): Promise<T>
  /** Like {@link Destination.write}, for a step that does not write to a handle. */
  fill(step: (temporary: string) => Promise<void>): Promise<void>
}

/** Creates the directories of a key and checks their real location. */
export async function place(
  { confines, temporaries, names, keepTimes }: Writing,
  operation: string,
  root: string,
  key: string,
  signal: AbortSignal,
): Promise<Destination> {
  unlessAborted(operation, signal)
  const path = pathOf(operation, root, key)
  await existing(operation, root)
  await confines.checkBefore(operation, root, path)
  await local(operation, () => mkdir(dirname(path), { recursive: true }))
  await confines.check(operation, root, path)
  await local(operation, () => names.checkFree(operation, root, path)).catch(async (error: unknown) => {
    await removeEmptyAbove(root, path)
    throw error
  })
  const temporary = temporaries.beside(path)
  const fill = (step: (temporary: string) => Promise<void>): Promise<void> =>
    local(operation, async () => {
      try {
        await step(temporary)
        await names.rename(operation, root, temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      } finally {
        temporaries.forget(temporary)
      }
    })
  return {
    temporary,
    path,
    fill,
    async write(times, step) {
      let result: { readonly value: Awaited<ReturnType<typeof step>> } | undefined
      await fill(async () => {
        const handle = await open(temporary, 'wx')
        try {
          result = { value: await step(handle) }
          await restoreTime(handle, times, keepTimes)
        } finally {
          await handle.close()
        }
      })
      if (result === undefined) throw new Error('a file was written and nothing came of it')
      return result.value
    },
  }
}

/** Sets a written file's time to that of its object, if known. */
export async function restoreTime(handle: FileHandle, times: Times, keepTimes: boolean): Promise<void> {
  const mtimeNs = timeToGive(times, keepTimes)
  if (mtimeNs !== undefined) await setModified(handle, mtimeNs)
}

/** Writes exactly `size` bytes at `start` and verifies their checksum, if one is given; returns their MD5. */
export async function written(
  operation: string,
  handle: FileHandle,
  content: Content,
  size: number,
  start: number,
  checksum: Checksum | undefined,
  signal: AbortSignal,
): Promise<string> {
  const md5 = createHash('md5')
  const check = checksum && newChecksum(checksum.algorithm)
  let at = 0
  for await (const chunk of asBody(content)) {
    unlessAborted(operation, signal)
    if (at + chunk.length > size) throw truncated(operation, size, 'more')
    md5.update(chunk)
    check?.update(chunk)
    for (let done = 0; done < chunk.length;) {
      const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, start + at + done)
      done += bytesWritten
    }
    at += chunk.length
  }
  if (at !== size) throw truncated(operation, size, String(at))
  if (check !== undefined && Buffer.from(check.digest()).toString('base64') !== checksum?.value)
    throw badDigest(operation, 'the object')
  return md5.digest('hex')
}

export function badDigest(operation: string, key: string) {
  return localFailure(operation, 'BadDigest', `the bytes of ${key} are not those that were announced`, 'transient')
}

function truncated(operation: string, expected: number, got: string) {
  return localFailure(operation, 'TruncatedBody', `${expected} bytes were announced, ${got} came`, 'transient')
}
