import { randomBytes } from 'node:crypto'
import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** Only its owner may look at it. */
export const PRIVATE_FILE = 0o600
const PRIVATE_DIRECTORY = 0o700

/** Makes a directory that only its owner may enter; fine when it is there. */
export function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: PRIVATE_DIRECTORY })
}

/**
 * Replaces a file by another content, all of it or nothing, in the mode asked for. Synchronous: it is called when Ctrl+C leaves no time to
 * wait (design.md, decision 9).
 */
export function writeAtomically(path: string, content: string | Uint8Array, mode: number = PRIVATE_FILE): void {
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  const file = openSync(temporary, 'wx', mode)
  try {
    // The umask may have taken bits away, and must not have left more.
    fchmodSync(file, mode)
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
    fsyncSync(file)
    closeSync(file)
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  syncDirectory(dirname(path))
}

/** A rename is on disk only when its directory is. Some file systems can't be asked for that. */
function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } catch (error) {
    if (errorCode(error) !== 'EINVAL') throw error
  } finally {
    closeSync(directory)
  }
}

/** A file's text; undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Node's code of a failed call to the operating system, e.g. `ENOENT`; empty for other errors. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
