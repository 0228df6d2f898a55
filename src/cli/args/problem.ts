/** What is wrong with a command line, and what to do: a line each. */
export interface Problem {
  readonly what: string
  readonly todo: string
  /** A word that is no location: a connection or file with a similar name is then suggested. */
  readonly word?: string
}
