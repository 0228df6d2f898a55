import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { compareKeys } from '../../pipeline/keys.js'
import { local } from './failures.js'
import { isMissing, isTemporary } from './paths.js'

/** Which keys a walk is about. */
export interface Bounds {
  /** Only keys that begin with this. */
  readonly prefix: string
  /** Only keys after this one. */
  readonly after?: string | undefined
}

/** What is not an object, told of. */
export type Skipped = 'SymlinksSkipped' | 'SpecialFilesSkipped' | 'NamesSkipped'

export interface Walking {
  readonly followLinks: boolean
  readonly onSkipped: (what: Skipped, path: string) => void
}

/** Keys that are handed on at once. */
const BATCH = 1_000

/**
 * The keys of all files below `root`, in the order of S3: ascending UTF-8 bytes of the whole key, for which a directory counts as `name/`.
 * Memory holds one directory's names for each level of the path. Empty directories are nothing.
 * @throws {StoreError} when a directory can't be read: nobody knows what is in it
 */
export function walk(root: string, bounds: Bounds, walking: Walking): AsyncGenerator<readonly string[]> {
  return below(root, '', bounds, walking, [])
}

async function* below(
  directory: string,
  at: string,
  bounds: Bounds,
  walking: Walking,
  above: readonly string[],
): AsyncGenerator<readonly string[]> {
  const here = walking.followLinks ? [...above, await local('ReadDirectory', () => realpath(directory))] : above
  let keys: string[] = []
  for (const name of await namesIn(directory, walking, here)) {
    const key = at + name
    if (!mayHold(key, bounds)) continue
    if (!name.endsWith('/')) {
      keys.push(key)
      if (keys.length < BATCH) continue
    }
    if (keys.length > 0) yield keys
    keys = []
    if (name.endsWith('/')) yield* below(join(directory, name), key, bounds, walking, here)
  }
  if (keys.length > 0) yield keys
}

/** Whether a key is within the bounds, or, of a directory's, one below it may be. */
function mayHold(key: string, { prefix, after }: Bounds): boolean {
  const isDirectory = key.endsWith('/')
  const begins = key.startsWith(prefix) || (isDirectory && prefix.startsWith(key))
  return begins && (after === undefined || compareKeys(key, after) > 0 || (isDirectory && after.startsWith(key)))
}

/** A directory's files, and its directories as `name/`, sorted. */
async function namesIn(directory: string, walking: Walking, above: readonly string[]): Promise<readonly string[]> {
  const names: string[] = []
  for (const entry of await local('ReadDirectory', () => entriesOf(directory))) {
    const { name } = entry
    const path = join(directory, name)
    if (name.includes('\ufffd') && !(await isThere(directory, name))) walking.onSkipped('NamesSkipped', path)
    else if (entry.isSymbolicLink()) names.push(...(await followed(name, path, walking, above)))
    else if (entry.isDirectory()) names.push(`${name}/`)
    else if (!entry.isFile()) walking.onSkipped('SpecialFilesSkipped', path)
    else if (!isTemporary(name)) names.push(name)
  }
  return names.sort(compareKeys)
}

/**
 * What is directly in a directory; nothing in one that went away meanwhile. Not by fast-glob, which passes over names that begin with a line
 * end or with `.\`, and finds nothing in directories with a backslash in their path (3.3.3, found by this room's property test).
 */
function entriesOf(directory: string): Promise<Dirent[]> {
  return readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
}

/** What is not UTF-8 on disk Node shows with replacement characters, by which nothing can be opened. */
async function isThere(directory: string, name: string): Promise<boolean> {
  const names = await local('ReadDirectory', () => readdir(directory, { encoding: 'buffer' }))
  return names.some((raw) => raw.equals(Buffer.from(name)))
}

/** What a symbolic link stands for: a file, a directory that it is not itself in, or nothing. */
async function followed(name: string, path: string, walking: Walking, above: readonly string[]): Promise<readonly string[]> {
  const found = walking.followLinks ? await stat(path).catch(() => undefined) : undefined
  if (found?.isFile() === true) return [name]
  if (found?.isDirectory() === true && !above.includes(await local('ReadDirectory', () => realpath(path)))) return [`${name}/`]
  walking.onSkipped('SymlinksSkipped', path)
  return []
}
