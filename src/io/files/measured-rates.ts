import * as v from 'valibot'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import { errorCode, readIfThere, writeAtomically } from './atomic-files.js'

const Rates = v.pipe(
  v.string(),
  v.parseJson(),
  v.record(v.string(), v.object({ objectsPerSecond: v.number(), bytesPerSecond: v.number() })),
)

/** Rates by pair of endpoints. An unreadable file counts as empty: the rates are for estimates only. */
export class RateBook {
  constructor(private readonly path: string) {}

  find(between: string): Rate | undefined {
    return this.all()[between]
  }

  /** Saves the better of the known and the measured rate, if the file can be written: a run must not fail because of an estimate. */
  note(between: string, { objectsPerSecond, bytesPerSecond }: Rate): void {
    const all = this.all()
    const known = all[between]
    const best = {
      objectsPerSecond: Math.max(known?.objectsPerSecond ?? 0, objectsPerSecond),
      bytesPerSecond: Math.max(known?.bytesPerSecond ?? 0, bytesPerSecond),
    }
    try {
      writeAtomically(this.path, `${JSON.stringify({ ...all, [between]: best })}\n`)
    } catch (error) {
      // The disk is full or read-only.
      if (errorCode(error) === '') throw error
    }
  }

  private all(): Readonly<Record<string, Rate>> {
    const read = v.safeParse(Rates, readIfThere(this.path) ?? '{}')
    return read.success ? read.output : {}
  }
}
