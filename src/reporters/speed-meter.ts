/** What a run has done. `objects` and `bytes` are settled ones, also skipped; `bytesCopied` only those that were transferred. */
export interface WorkDone {
  readonly objects: number
  readonly bytes: number
  readonly bytesCopied: number
}

interface Sample extends WorkDone {
  readonly at: number
}

/** ms. Long enough to be steady, short enough to follow a run that changes from skipping to copying. */
const WINDOW = 10_000
/** So many samples are kept even if older, so that a run of large objects, minutes apart, has a speed too. */
const MIN_SAMPLES = 16

/** The recent speed of a run. Bounded memory: one sample a tick and {@link WINDOW}. */
export class SpeedMeter {
  readonly #samples: Sample[] = []

  /** `at` in ms, ascending. If the count decreases (a pair is listed again), the measurement starts over. */
  sample(at: number, done: WorkDone): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && done.objects < last.objects) this.#samples.length = 0
    if (last?.objects !== done.objects) this.#samples.push({ ...done, at })
    while (this.#samples.length > MIN_SAMPLES && at - (this.#samples[0]?.at ?? at) > WINDOW) this.#samples.shift()
  }

  /** Per second, from the oldest sample until `now` (ms); undefined until something was settled. */
  speed(now: number): WorkDone | undefined {
    const first = this.#samples[0]
    const last = this.#samples.at(-1)
    if (first === undefined || last === undefined || first === last || now <= first.at) return undefined
    const perSecond = 1000 / (now - first.at)
    return {
      objects: (last.objects - first.objects) * perSecond,
      bytes: (last.bytes - first.bytes) * perSecond,
      bytesCopied: (last.bytesCopied - first.bytesCopied) * perSecond,
    }
  }
}
