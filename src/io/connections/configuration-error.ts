import { errorCode } from '../files/atomic-files.js'

/** A file or variable of the user can't be used. Both texts are one line and hold no secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  constructor(
    readonly what: string,
    readonly todo: string,
  ) {
    super(what)
  }
}

/** The error to throw when work on `file` failed: the user must fix what the operating system refuses (`EACCES`, `ENOSPC`, …). */
export function aboutFile(file: string, error: unknown): unknown {
  const code = errorCode(error)
  if (!/^E[A-Z0-9]+$/.test(code)) return error
  const path =
    typeof error === 'object' && error !== null && 'path' in error && typeof error.path === 'string' ? error.path : file
  return new ConfigurationError(
    `${path} can't be used: ${code}.`,
    'Look at the rights of the file and of its directory, and at the space left.',
  )
}
