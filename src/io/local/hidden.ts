import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { local } from './failures.js'
import { unlessMissing } from './paths.js'

/**
 * Whether there is something under a key, or on the way to it, that is neither a file nor a directory (of a link that is followed and leads
 * nowhere, the link); or the file itself, by now.
 */
export async function hides(root: string, key: string, followLinks: boolean): Promise<boolean> {
  const names = key.split('/')
  for (let depth = 1; depth <= names.length; depth++) {
    const path = join(root, ...names.slice(0, depth))
    const found = await local('HeadObject', () =>
      (followLinks ? stat(path).catch(() => lstat(path)) : lstat(path)).catch(unlessMissing),
    )
    if (found === undefined) return false
    if (!found.isDirectory()) return !found.isFile() || depth === names.length
  }
  return false
}
