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
