import type { Content } from '../../../pipeline/ports/objects.js'

/** The headers of an answer, names in lower case, each byte a character. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface Answer {
  readonly status: number
  readonly headers: AnswerHeaders
  /** Whole where it was short enough, or where it says why the request was refused; else a stream. */
  readonly content: Content
}

/** A header as one text; of a doubled one, both. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}
