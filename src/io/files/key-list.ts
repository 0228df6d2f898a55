import { createReadStream } from 'node:fs'
import { StoreError } from '../../pipeline/ports/failure.js'

/** Within so many characters a list that is separated by NULs shows one: no key is longer than 1 024 bytes. */
const ENOUGH = 4_096
/** Keys that are handed on at once. */
const PAGE = 1_000

/**
 * The keys that a file names, `-` being stdin: one a line, or where it holds a NUL, separated by NULs, so that keys can hold line ends. Memory
 * holds a page. Empty lines are no keys.
 * @throws {StoreError} `BadKeyList` where it is not UTF-8 or can't be read
 */
export async function* keysIn(file: string, stdin: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const chunks: AsyncIterable<Uint8Array> = file === '-' ? stdin : createReadStream(file)
  let separator: string | undefined
  let rest = ''
  const keys: string[] = []
  const keep = (texts: readonly string[]): void => {
    for (const text of texts) {
      const key = separator === '\n' && text.endsWith('\r') ? text.slice(0, -1) : text
      if (key !== '') keys.push(key)
    }
  }
  try {
    for await (const chunk of chunks) {
      rest += decoder.decode(chunk, { stream: true })
      // A line end may be part of the first key: what separates them is known when enough was seen.
      separator ??= rest.includes('\0') ? '\0' : rest.length >= ENOUGH ? '\n' : undefined
      if (separator === undefined) continue
      const texts = rest.split(separator)
      rest = texts.pop() ?? ''
      keep(texts)
      while (keys.length >= PAGE) yield keys.splice(0, PAGE)
    }
    rest += decoder.decode()
    separator ??= '\n'
    keep(rest.split(separator))
  } catch (error) {
    throw unreadable(file, error)
  }
  while (keys.length > 0) yield keys.splice(0, PAGE)
}

function unreadable(file: string, cause: unknown): StoreError {
  const name = file === '-' ? 'standard input' : file
  const message = `${name} can't be read as keys in UTF-8`
  return new StoreError({ kind: 'fatal', operation: 'Listing', code: 'BadKeyList', message, side: 'source' }, { cause })
}
