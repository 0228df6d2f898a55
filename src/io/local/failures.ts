import { type FailureKind, StoreError } from '../../pipeline/ports/failure.js'
import { withReason } from '../failure-reasons.js'
import { errorCode } from '../files/atomic-files.js'

/** What errors of the operating system mean for an object (Node.js API, "Common system errors"). */
const CODES: Readonly<Record<string, readonly [code: string, kind: FailureKind]>> = {
  EACCES: ['PermissionDenied', 'permanent'],
  EPERM: ['PermissionDenied', 'permanent'],
  EROFS: ['ReadOnly', 'fatal'],
  ENOENT: ['NoSuchKey', 'permanent'],
  ENOTDIR: ['FileAndDirectory', 'permanent'],
  EISDIR: ['FileAndDirectory', 'permanent'],
  EEXIST: ['FileAndDirectory', 'permanent'],
  ENOTEMPTY: ['FileAndDirectory', 'permanent'],
  ELOOP: ['LeavesDirectory', 'permanent'],
  ENAMETOOLONG: ['BadFileName', 'permanent'],
  EILSEQ: ['BadFileName', 'permanent'],
  EINVAL: ['BadFileName', 'permanent'],
  ENOSPC: ['DiskFull', 'fatal'],
  EDQUOT: ['DiskFull', 'fatal'],
  EFBIG: ['EntityTooLarge', 'permanent'],
}

/** A failure that is not an error of the file system. */
export function localFailure(operation: string, code: string, message: string, kind: FailureKind = 'permanent'): StoreError {
  return new StoreError(withReason({ kind, operation, code, message }))
}

/** The failure for a path in this tool's own directories: they contain no objects. */
export function isOwn(operation: string, directory: string, kind: FailureKind = 'permanent'): StoreError {
  return localFailure(operation, 'OwnState', `${directory} is where this tool keeps its own files`, kind)
}

/** Converts any error of a file system call to a `StoreError`. Unknown errors may be transient (`EIO`, `EMFILE`, `EBUSY`). */
export function toLocalFailure(operation: string, thrown: unknown): StoreError {
  if (thrown instanceof StoreError) return thrown
  const errno = errorCode(thrown)
  if (errno === '') throw thrown
  const [code, kind] = CODES[errno] ?? ['FileSystemError', 'transient']
  const message = code === 'FileAndDirectory' ? 'a file is where a directory is needed, or the reverse' : messageOf(thrown)
  return new StoreError(withReason({ kind, operation, code, message }), { cause: thrown })
}

/** Runs a step that may throw errors of the file system. */
export async function local<T>(operation: string, step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (error) {
    throw toLocalFailure(operation, error)
  }
}

export function unlessAborted(operation: string, signal: AbortSignal): void {
  if (signal.aborted) throw localFailure(operation, 'Aborted', 'called off')
}

function messageOf(thrown: unknown): string {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && typeof thrown.message === 'string'
    ? thrown.message
    : String(thrown)
}
