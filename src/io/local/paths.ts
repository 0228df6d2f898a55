import { randomBytes } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { errorCode } from '../files/atomic-files.js'
import { isOwn, local, localFailure } from './failures.js'
import type { OwnDirectories } from './own-directories.js'

/** The longest file name on most file systems, bytes (POSIX, NAME_MAX). */
const LONGEST_NAME = 255

const TEMPORARY = /^\.s3-sync-[0-9a-f]{16}\.tmp$/

/** The temporary files of a store, each in the directory of its final file. */
export class Temporaries {
  private readonly paths = new Set<string>()

  beside(path: string): string {
    const temporary = join(dirname(path), `.s3-sync-${randomBytes(8).toString('hex')}.tmp`)
    this.paths.add(temporary)
    return temporary
  }

  /** Call it after the file was renamed or removed. */
  forget(temporary: string): void {
    this.paths.delete(temporary)
  }

  /** Removes the remaining files at once, without waiting: nothing waits for work in progress after Ctrl+C. */
  removeAll(): void {
    for (const path of this.paths) rmSync(path, { force: true })
    this.paths.clear()
  }
}

/** Whether a name is one of {@link Temporaries}: such files are not objects. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name)
}

/**
 * The path of the file of a key. Keys are untrusted input.
 * @throws {StoreError} `BadFileName` for a key that would leave `root` or that is no possible file name
 */
export function pathOf(operation: string, root: string, key: string): string {
  const wrong = whatIsWrong(key)
  if (wrong !== undefined) throw localFailure(operation, 'BadFileName', `no file can be called so: ${wrong}`)
  return join(root, key)
}

function whatIsWrong(key: string): string | undefined {
  if (key.includes('\0')) return 'it holds a NUL'
  if (/\p{Surrogate}/u.test(key)) return 'it is no Unicode'
  for (const segment of key.split('/')) {
    if (segment === '') return key.endsWith('/') ? 'it ends with a "/"' : 'it begins with a "/", or holds "//"'
    if (segment === '.' || segment === '..') return `it holds "${segment}" as a name`
    if (Buffer.byteLength(segment) > LONGEST_NAME) return `a name in it is longer than ${LONGEST_NAME} bytes`
    if (isTemporary(segment)) return 'it looks like a temporary file of this tool'
  }
  return undefined
}

/** How many directories are remembered. */
const KNOWN = 10_000

/** Checks the real location of directories: a symbolic link in their path may lead anywhere. */
export class Confines {
  private readonly inside = new Set<string>()

  constructor(private readonly own: OwnDirectories) {}

  /**
   * @throws {StoreError} `LeavesDirectory` when the real directory of `path` is not below `root`; `OwnState` when it belongs to this tool
   */
  async check(operation: string, root: string, path: string): Promise<void> {
    const directory = dirname(path)
    if (this.inside.has(directory)) return
    await local(operation, async () => {
      const [base, real] = [await realpath(root), await realpath(directory)]
      if (real !== base && !real.startsWith(base.endsWith(sep) ? base : base + sep))
        throw localFailure(operation, 'LeavesDirectory', `a symbolic link above ${path} leads out of ${root}`)
      if (await this.own.hold(real, base)) throw isOwn(operation, directory)
    })
    if (this.inside.size >= KNOWN) this.inside.clear()
    this.inside.add(directory)
  }

  /** Checks that a file, which may be anywhere, does not belong to this tool. */
  async checkFollowed(operation: string, path: string): Promise<void> {
    const real = dirname(await realpath(path))
    if (await this.own.hold(real)) throw isOwn(operation, real)
  }

  /** Like {@link Confines.check}, before the directory is created: checks the nearest existing parent. */
  async checkBefore(operation: string, root: string, path: string): Promise<void> {
    let directory = dirname(path)
    while (directory !== root && !existsSync(directory)) directory = dirname(directory)
    await this.check(operation, root, join(directory, 'file'))
  }

  /** Call it after directories were removed. */
  forget(): void {
    this.inside.clear()
  }
}

/** Undefined if the error says that the path does not exist; rethrows any other error. */
export function unlessNoEntry(error: unknown): undefined {
  if (isMissing(error)) return undefined
  throw error
}

/** Whether the error says that the path does not exist. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
