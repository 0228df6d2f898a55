import { mkdir, rmdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ObjectStore } from '../../pipeline/ports/object-store.js'
import { local, localFailure, unlessAborted } from './failures.js'
import { unlessNoEntry } from './paths.js'

/** A directory is a bucket; its path is the bucket's name. */
export const directoryCalls: Pick<ObjectStore, 'headBucket' | 'createBucket'> = {
  async headBucket({ bucket, signal }) {
    unlessAborted('HeadBucket', signal)
    return look('HeadBucket', bucket)
  },

  async createBucket({ bucket, signal }) {
    unlessAborted('CreateBucket', signal)
    if ((await look('CreateBucket', bucket)) === 'exists') return 'existed'
    await local('CreateBucket', () => mkdir(bucket, { recursive: true }))
    return 'created'
  },
}

/** @throws {StoreError} `NoSuchBucket` when the directory does not exist */
export async function existing(operation: string, directory: string): Promise<void> {
  if ((await look(operation, directory)) === 'exists') return
  throw localFailure(operation, 'NoSuchBucket', `there is no directory ${directory}`, 'fatal')
}

/** Identifies the directory at a path: the identity changes when the directory is replaced or something is mounted over it. */
export async function identityOf(operation: string, directory: string): Promise<string> {
  await existing(operation, directory)
  const { dev, ino } = await local(operation, () => stat(directory, { bigint: true }))
  return `${dev}:${ino}`
}

/** Removes empty directories from that of `path` up to `root`, but not `root`: S3 has no empty directories either. */
export async function removeEmptyAbove(root: string, path: string): Promise<void> {
  for (let directory = dirname(path); directory.length > root.length; directory = dirname(directory)) {
    try {
      await rmdir(directory)
    } catch {
      // It is not empty, or may not be changed.
      return
    }
  }
}

async function look(operation: string, directory: string): Promise<'exists' | 'missing'> {
  const found = await local(operation, () => stat(directory).catch(unlessNoEntry))
  if (found === undefined) return 'missing'
  if (found.isDirectory()) return 'exists'
  throw localFailure(operation, 'NotADirectory', `${directory} is a file, not a directory`, 'fatal')
}
