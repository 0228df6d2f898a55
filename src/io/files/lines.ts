import { closeSync, openSync, readSync, statSync, truncateSync } from 'node:fs'

const CHUNK = 1 << 20
const LINE_END = 0x0a

/** The whole lines of a file, without their ends, one after the other. Synchronous; memory holds a chunk and a line. */
export function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK)
    let rest: Buffer = Buffer.alloc(0)
    for (let read = readSync(file, chunk); read > 0; read = readSync(file, chunk)) {
      const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
      let begin = 0
      for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, begin)) {
        yield bytes.toString('utf8', begin, end)
        begin = end + 1
      }
      rest = bytes.subarray(begin)
    }
  } finally {
    closeSync(file)
  }
}

/** Cuts off what follows the last line end of a file; its size then, bytes. */
export function upToLastLine(path: string): number {
  const { size } = statSync(path)
  const whole = endOfLastLine(path, size)
  if (whole < size) truncateSync(path, whole)
  return whole
}

function endOfLastLine(path: string, size: number): number {
  const file = openSync(path, 'r')
  try {
    const chunk = Buffer.allocUnsafe(CHUNK)
    for (let end = size; end > 0; end -= CHUNK) {
      const begin = Math.max(0, end - CHUNK)
      const read = readSync(file, chunk, 0, end - begin, begin)
      const found = chunk.subarray(0, read).lastIndexOf(LINE_END)
      if (found >= 0) return begin + found + 1
    }
    return 0
  } finally {
    closeSync(file)
  }
}
