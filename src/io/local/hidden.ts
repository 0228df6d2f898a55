import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../state/files.js'
import { isMissing } from './paths.js'

/** By such a name there is no file. */
const IMPOSSIBLE: ReadonlySet<string> = new Set(['ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'])

/**
 * Whether there is something under a key, or on the way to it, that is neither a file nor a directory (of a link that is followed and leads
 * nowhere, the link), or that can't be looked at; or the file itself, by now.
 */
export async function hides(root: string, key: string, followLinks: boolean): Promise<boolean> {
  const names = key.split('/')
  for (let depth = 1; depth <= names.length; depth++) {
    const path = join(root, ...names.slice(0, depth))
    try {
      const found = await (followLinks ? stat(path).catch(() => lstat(path)) : lstat(path))
      if (!found.isDirectory()) return !found.isFile() || depth === names.length
    } catch (error) {
      return !isMissing(error) && !IMPOSSIBLE.has(errorCode(error))
    }
  }
  return false
}
