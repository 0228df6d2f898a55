import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../files/atomic-files.js'
import { isMissing } from './paths.js'
import type { Walking } from './walk.js'

const EXACT = { bigint: true } as const

/** No file can have such a name. */
const IMPOSSIBLE: ReadonlySet<string> = new Set(['ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'])

/**
 * Whether a key may exist although listings omit it. True if the key or one of its parents is neither a file nor a directory (for a broken
 * link that is followed, the link), is unreadable or belongs to this tool, or if the file exists by now.
 */
export async function hides(root: string, key: string, { followLinks, own }: Walking): Promise<boolean> {
  const names = key.split('/')
  for (let depth = 1; depth <= names.length; depth++) {
    const path = join(root, ...names.slice(0, depth))
    try {
      const found = await (followLinks ? stat(path, EXACT).catch(() => lstat(path, EXACT)) : lstat(path, EXACT))
      if (!found.isDirectory()) return !found.isFile() || depth === names.length
      if (await own.are(path, found)) return true
    } catch (error) {
      return !isMissing(error) && !IMPOSSIBLE.has(errorCode(error))
    }
  }
  return false
}
