import { closeSync, openSync, readSync, statSync, truncateSync } from 'node:fs'

const CHUNK = 1 << 20
const LINE_END = 0x0a

/** Removes everything after the last line end of a file; returns its new size, bytes. */
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
