import type { Content } from '../../../pipeline/ports/objects.js'

/** The headers of an answer: names in lower case, one character for each byte. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface Answer {
  readonly status: number
  readonly headers: AnswerHeaders
  /** The whole body if it is short enough or explains a refusal; else a stream. */
  readonly content: Content
}

/** A header as one text; a repeated header is joined. */
export function headerOf(headers: AnswerHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value.join(', ') : value
}
