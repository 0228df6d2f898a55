import * as v from 'valibot'
import type { Rate } from '../../pipeline/transfer/request-estimate.js'
import { errorCode, readIfThere, writeAtomically } from './atomic-files.js'

const Rates = v.pipe(
  v.string(),
  v.parseJson(),
  v.record(v.string(), v.object({ objectsPerSecond: v.number(), bytesPerSecond: v.number() })),
)

/** Rates by what they are between. A file that can't be read is as good as none: they are for estimates only. */
export class RateBook {
  constructor(private readonly path: string) {}

  find(between: string): Rate | undefined {
    return this.all()[between]
  }

  /** Keeps the better of what is known and what was measured, where it can: an estimate is no reason for a run to fail. */
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
      // A disk that is full or may not be written to.
      if (errorCode(error) === '') throw error
    }
  }

  private all(): Readonly<Record<string, Rate>> {
    const read = v.safeParse(Rates, readIfThere(this.path) ?? '{}')
    return read.success ? read.output : {}
  }
}
