import { isUtf8 } from 'node:buffer'
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { compareKeys } from '../../pipeline/ports/key-order.js'
import type { Unlisted } from '../../pipeline/ports/objects.js'
import { toLocalFailure } from './failures.js'
import type { OwnDirectories } from './own-directories.js'
import { isMissing, isTemporary } from './paths.js'
import { badName, loop, passedOver, unfollowed, unreadable } from './unlisted.js'

/** The keys that a walk covers. */
export interface Bounds {
  /** Only keys that begin with this. */
  readonly prefix: string
  /** Only keys after this one. */
  readonly after?: string | undefined
  /** Returns true when no key below a directory's key is wanted. */
  readonly skips?: ((directory: string) => boolean) | undefined
}

/** An item of a walk: the key of a file, or something that is not listed. */
export type Met = string | Unlisted

export interface Walking {
  /** Whether to follow symbolic links. */
  readonly followLinks: boolean
  /** Directories to omit. */
  readonly own: OwnDirectories
  /**
   * Called for each directory that may contain notes of backups, before its keys: with the directory, and its key with a `/` (empty for the
   * root).
   */
  readonly onNotes?: (directory: string, at: string) => Promise<void>
}

/** Keys per batch. */
const BATCH = 1_000

/**
 * Lists everything below `root` in the order of S3: ascending UTF-8 bytes of the whole key, with a directory as `name/`. Memory holds the
 * names of one directory for each level of the path. Empty directories are omitted.
 * @throws {StoreError} when `root` can't be read
 */
export function walk(root: string, bounds: Bounds, walking: Walking): AsyncGenerator<readonly Met[]> {
  return below(root, '', bounds, walking, [])
}

export function keyOfPath(met: Met): string {
  return typeof met === 'string' ? met : met.key
}

async function* below(
  directory: string,
  at: string,
  bounds: Bounds,
  walking: Walking,
  above: readonly string[],
): AsyncGenerator<readonly Met[]> {
  if (at !== '' && (await walking.own.are(directory))) return
  const found = await read(directory, at, walking, above)
  if ('key' in found) {
    // If the listing continues after this key, an earlier page has reported it.
    if (at !== bounds.after) yield [found]
    return
  }
  if (found.met.includes('.s3-sync/')) await walking.onNotes?.(directory, at)
  let some: Met[] = []
  for (const met of found.met) {
    const name = keyOfPath(met)
    const key = at + name
    if (!mayHold(key, bounds)) continue
    const isDirectory = typeof met === 'string' && name.endsWith('/')
    if (typeof met !== 'string' && key !== bounds.after) some.push({ ...met, key })
    else if (typeof met === 'string' && !isDirectory) some.push(key)
    if (some.length < BATCH && !isDirectory) continue
    if (some.length > 0) yield some
    some = []
    if (isDirectory) yield* below(join(directory, name), key, bounds, walking, found.here)
  }
  if (some.length > 0) yield some
}

/** Whether a key is within the bounds, or a key below a directory may be. */
function mayHold(key: string, { prefix, after, skips }: Bounds): boolean {
  const isDirectory = key.endsWith('/')
  if (isDirectory && skips?.(key) === true) return false
  const begins = key.startsWith(prefix) || (isDirectory && prefix.startsWith(key))
  return begins && (after === undefined || compareKeys(key, after) > 0 || (isDirectory && after.startsWith(key)))
}

/** The content of a directory, or a report that it is unreadable; `here`: its parents and itself, if links are followed. */
async function read(directory: string, at: string, walking: Walking, above: readonly string[]) {
  try {
    const here = walking.followLinks ? [...above, await realpath(directory)] : above
    return { met: await metIn(directory, walking, here), here }
  } catch (error) {
    // It was removed meanwhile.
    if (isMissing(error)) return { met: [], here: above }
    if (at === '') throw toLocalFailure('ReadDirectory', error)
    return unreadable(at, error)
  }
}

/**
 * The files of a directory, its directories as `name/`, and everything else, sorted. Not with fast-glob (3.3.3): it skips names that begin
 * with a line end or with `.\`, and finds nothing in directories with a backslash in their path (found by this room's property test).
 */
async function metIn(directory: string, walking: Walking, above: readonly string[]): Promise<readonly Met[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const { isName, bad } = await namesIn(directory, entries)
  const met: Met[] = [...bad]
  for (const entry of entries) {
    const { name } = entry
    if (!isName(name) || isTemporary(name)) continue
    if (entry.isDirectory()) met.push(`${name}/`)
    else if (entry.isFile()) met.push(name)
    else if (entry.isSymbolicLink()) met.push(...(await linked(name, join(directory, name), walking, above)))
    else met.push(passedOver('SpecialFilesSkipped', name, join(directory, name)))
  }
  return met.sort((a, b) => compareKeys(keyOfPath(a), keyOfPath(b)))
}

/** Separates real names from those that are not UTF-8: Node shows the latter with replacement characters, and they open nothing. */
async function namesIn(directory: string, entries: readonly Dirent[]) {
  if (!entries.some(({ name }) => name.includes('\ufffd'))) return { isName: () => true, bad: [] }
  const raw = await readdir(directory, { encoding: 'buffer' })
  const real = new Set(raw.filter((name) => isUtf8(name)).map(String))
  return { isName: (name: string) => real.has(name), bad: raw.filter((name) => !isUtf8(name)).map(badName) }
}

/** The target of a symbolic link: a file, a directory that does not contain the link, or nothing. */
async function linked(
  name: string,
  path: string,
  { followLinks, own }: Walking,
  above: readonly string[],
): Promise<readonly Met[]> {
  if (!followLinks) return [passedOver('SymlinksSkipped', name, path)]
  try {
    const [found, real] = [await stat(path), await realpath(path)]
    if (await own.hold(found.isDirectory() ? real : dirname(real))) return []
    if (found.isFile()) return [name]
    if (!found.isDirectory()) return [passedOver('SpecialFilesSkipped', name, path)]
    return [above.includes(real) ? loop(name) : `${name}/`]
  } catch (error) {
    return [unfollowed(name, error)]
  }
}
