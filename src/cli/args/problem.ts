/** What is wrong with a command line, and what to do: a line each. */
export interface Problem {
  readonly what: string
  readonly todo: string
  /** A word that is no location: what exists under that name may show what was meant. */
  readonly word?: string
}
