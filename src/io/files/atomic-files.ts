import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Only the owner may read it. */
export const PRIVATE_FILE = 0o600
const PRIVATE_DIRECTORY = 0o700

/** Creates a directory that only its owner may enter; does nothing when it exists. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY })
}

/** A file's mode; `by umask`: what the umask leaves of 0666. */
type Mode = number | 'by umask'

/** Replaces the content of a file atomically and sets its mode. Synchronous: it is called when Ctrl+C leaves no time to wait. */
export function writeAtomically(path: string, content: string | Uint8Array, mode: Mode = PRIVATE_FILE): void {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    writeDurably(temporary, content, mode)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
}

/** Creates a file; when it returns, the content is on disk. */
function writeDurably(path: string, content: string | Uint8Array, mode: Mode): void {
  const file = openSync(path, 'wx', mode === 'by umask' ? 0o666 : mode)
  try {
    // The umask may have cleared bits.
    if (mode !== 'by umask') fchmodSync(file, mode)
    writeAll(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** Writes all of `content` at the file's position; returns the number of bytes. */
export function writeAll(file: number, content: string | Uint8Array): number {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
  return bytes.length
}

/**
 * A rename is on disk only when its directory is. Where a directory can't be opened or synchronised, the system writes it in its own time.
 */
export function syncDirectory(path: string): void {
  try {
    const directory = openSync(path, 'r')
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  } catch (error) {
    if (!UNSYNCHRONISED.has(errorCode(error))) throw error
  }
}

const UNSYNCHRONISED: ReadonlySet<string> = new Set(['EACCES', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'])

/** The text of a file; undefined when it does not exist. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (MISSING.has(errorCode(error))) return undefined
    throw error
  }
}

/** ENOTDIR: a parent of the path is a file. */
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR'])

/** Node's code for a failed call to the operating system, e.g. `ENOENT`; empty for other errors. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** The message of an error. */
export function errorMessage(error: unknown): string {
  return typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error)
}
