import { errorCode } from '../files/atomic-files.js'

/** Something a person wrote (a file, a variable) can't be used. Both texts are one line, and hold no secret. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
  constructor(
    readonly what: string,
    readonly todo: string,
  ) {
    super(what)
  }
}

/** What to throw for an error met at work with `file`: the operating system's refusals (`EACCES`, `ENOSPC`, …) are for the user to fix. */
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
