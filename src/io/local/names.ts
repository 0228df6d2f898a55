import { lstat, readdir, rename } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { StoreError } from '../../pipeline/ports/failure.js'
import { isMissing } from './paths.js'

/** Directories that are remembered, and names that are remembered in directories that confuse names. */
const DIRECTORIES = 10_000
const NAMES = 100_000

/**
 * Distinguishes names that the file system does not: `A.txt` and `a.txt` are one file on Windows, macOS and in ext4's casefold directories,
 * and `é` may equal `e` with an accent. A key names only the file with exactly that name. Each directory is checked once for case
 * sensitivity; in a case-sensitive one, plain names cost nothing.
 */
export class ExactNames {
  /** Whether a directory is case-sensitive. */
  private readonly tellsCases = new Map<string, boolean>()
  /** The names in directories where two names were confused. */
  private readonly names = new Map<string, Set<string>>()
  /** Directories whose names match their paths exactly. */
  private readonly exact = new Set<string>()
  /** Writers of files with names that may be confused; the next one waits. */
  private readonly turns = new Map<string, Promise<void>>()

  /** Fails with `CaseConflict` if writing a file would write into a directory of another name, or over another file. */
  async checkFree(operation: string, root: string, path: string): Promise<void> {
    const directory = dirname(path)
    if (!this.exact.has(directory)) {
      for (const above of pathsBetween(root, directory)) await this.checkName(operation, above)
      if (this.exact.size >= DIRECTORIES) this.exact.clear()
      this.exact.add(directory)
    }
    await this.checkName(operation, path, root)
  }

  /** Whether a path leads to a file with exactly that name, or nowhere. */
  async isExact(root: string, path: string): Promise<boolean> {
    for (const one of pathsBetween(root, path)) if ((await this.confused(one)) !== undefined) return false
    return true
  }

  /** Gives a complete file its name. Files with names that may be confused take turns: otherwise two could find the name free. */
  async rename(operation: string, root: string, temporary: string, path: string): Promise<void> {
    const directory = dirname(path)
    // The temporary file exists: the names that find it show whether cases are distinguished.
    if (!this.tellsCases.has(directory)) await this.confused(temporary)
    if (this.isPlain(path)) return rename(temporary, path)
    await this.inTurn(folded(path), async () => {
      await this.checkName(operation, path, root)
      await rename(temporary, path)
      this.names.get(directory)?.add(basename(path))
    })
  }

  /** Call it after files or directories were removed. */
  forget(): void {
    this.exact.clear()
    this.names.clear()
  }

  /** @param root of a file, which could be moved out of the way */
  private async checkName(operation: string, path: string, root?: string): Promise<void> {
    const other = await this.confused(path)
    if (other === undefined) return
    const message = `"${basename(path)}" and "${other}" are one name there`
    const taken = join(dirname(path), other)
    const isFile = root !== undefined && (await lstat(taken)).isFile()
    const key = isFile ? { other: relative(root, taken).split(sep).join('/') } : {}
    throw new StoreError({ kind: 'permanent', operation, code: 'CaseConflict', reason: 'case-conflict', message, ...key })
  }

  private isPlain(path: string): boolean {
    return this.tellsCases.get(dirname(path)) === true && isAscii(basename(path))
  }

  /** The name of another entry that a path leads to; undefined if it leads to the named entry, or nowhere. */
  private async confused(path: string): Promise<string | undefined> {
    if (this.isPlain(path)) return undefined
    const [directory, name] = [dirname(path), basename(path)]
    const otherCase = swapCase(name)
    const forms = [otherCase, name.normalize('NFC'), name.normalize('NFD')].filter((form) => form !== name)
    const same = await Promise.all(forms.map((form) => areOne(path, join(directory, form))))
    if (same.includes(undefined)) return undefined
    if (otherCase !== name) this.note(directory, same[0] === false)
    if (!same.includes(true)) return undefined
    const names = await this.namesIn(directory, name)
    return names.has(name) ? undefined : ([...names].find((one) => folded(one) === folded(name)) ?? name)
  }

  private note(directory: string, tellsCases: boolean): void {
    if (this.tellsCases.size >= DIRECTORIES) this.tellsCases.clear()
    this.tellsCases.set(directory, tellsCases)
  }

  private async namesIn(directory: string, name: string): Promise<ReadonlySet<string>> {
    const known = this.names.get(directory)
    if (known?.has(name) === true) return known
    const names = new Set(await readdir(directory))
    const all = [...this.names.values()].reduce((sum, { size }) => sum + size, names.size)
    if (all > NAMES) this.names.clear()
    this.names.set(directory, names)
    return names
  }

  private async inTurn(name: string, work: () => Promise<void>): Promise<void> {
    const before = this.turns.get(name)
    const mine = (before ?? Promise.resolve()).catch(() => undefined).then(work)
    this.turns.set(name, mine)
    try {
      await mine
    } finally {
      if (this.turns.get(name) === mine) this.turns.delete(name)
    }
  }
}

/** From the first below `root` to `path` itself. */
function pathsBetween(root: string, path: string): readonly string[] {
  const names = relative(root, path).split(sep)
  return names[0] === '' ? [] : names.map((_name, index) => join(root, ...names.slice(0, index + 1)))
}

/**
 * Whether two names lead to one file; undefined if the first leads nowhere. A file that is replaced between the two checks has a new
 * identity and would seem to be two files, so it is checked again.
 */
async function areOne(path: string, other: string): Promise<boolean | undefined> {
  for (;;) {
    const found = await identityOf(path)
    if (found === undefined) return undefined
    const isOne = (await identityOf(other)) === found
    if (isOne || (await identityOf(path)) === found) return isOne
  }
}

/** The identity of a file; undefined if it does not exist. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await lstat(path, { bigint: true })
    return `${dev}:${ino}`
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function swapCase(name: string): string {
  const upper = name.toUpperCase()
  return upper === name ? name.toLowerCase() : upper
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

function isAscii(name: string): boolean {
  return /^[\0-\x7f]*$/.test(name)
}
