import { createReadStream } from 'node:fs'
import { StoreError } from '../../pipeline/ports/failure.js'

/** Characters within which a list separated by NULs must show a NUL: no key is longer than 1 024 bytes. */
const ENOUGH = 4_096
/** Keys per page. */
const PAGE = 1_000

/**
 * Reads keys from a file, or from stdin for `-`: one a line, or separated by NULs if the file contains one, so that keys can contain line
 * ends. Memory holds one page. Empty lines are ignored.
 * @throws {StoreError} `BadKeyList` when it is not UTF-8 or can't be read
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
      // A line end may be part of the first key: the separator is known only after enough characters.
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
