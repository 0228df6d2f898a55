import { createHash } from 'node:crypto'
import { seededBytes } from './random.js'

/** Not a multiple of any part size, so that bytes at a wrong offset never match by chance. */
const PERIOD = 1024 * 1024 + 7
const PATTERN = seededBytes(42, PERIOD)
/** Twice, so that every slice of up to PERIOD bytes is contiguous. */
const TWICE = Buffer.concat([PATTERN, PATTERN])
/** A slice of this length occurs at only one place in the pattern. */
const FINGERPRINT = 32

/** The position in the pattern of the bytes of `key` at `offset`: each key starts elsewhere. */
export function phaseOf(key: string, offset: number): number {
  return (createHash('md5').update(key).digest().readUInt32BE(0) + offset) % PERIOD
}

/** The bytes `[start, end)` of `key`, in slices that need no copying. */
export function* syntheticBytes(key: string, start: number, end: number): Generator<Buffer> {
  const slice = 256 * 1024
  for (let at = start; at < end; at += slice) {
    const phase = phaseOf(key, at)
    yield TWICE.subarray(phase, phase + Math.min(slice, end - at))
  }
}

/**
 * Compares incoming bytes with the pattern and stores none. The first bytes determine the position in the pattern, since a part of an
 * upload does not state its offset: a caller that knows the offset compares `phase`.
 */
export class PatternCheck {
  size = 0
  /** undefined until enough bytes have arrived, and for bytes that are not in the pattern. */
  phase: number | undefined
  intact = true
  private head = Buffer.alloc(0)

  add(chunk: Buffer): void {
    this.size += chunk.length
    if (this.phase !== undefined) {
      this.compare(chunk)
      return
    }
    this.head = Buffer.concat([this.head, chunk])
    if (this.head.length < FINGERPRINT) return
    const found = TWICE.indexOf(this.head.subarray(0, FINGERPRINT))
    this.intact = found >= 0
    this.phase = found >= 0 ? found % PERIOD : 0
    this.next = this.phase
    if (this.intact) this.compare(this.head)
  }

  private next = 0

  private compare(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += PERIOD) {
      const part = chunk.subarray(at, at + PERIOD)
      if (part.compare(TWICE, this.next, this.next + part.length) !== 0) this.intact = false
      this.next = (this.next + part.length) % PERIOD
    }
  }
}
