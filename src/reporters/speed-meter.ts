/** How far a run has come. Objects and bytes are settled ones (also skipped), `bytesCopied` only those that went over the wire. */
export interface Distance {
  readonly objects: number
  readonly bytes: number
  readonly bytesCopied: number
}

interface Sample extends Distance {
  readonly at: number
}

/** ms. Long enough not to flicker, short enough to follow a run that turns from skipping to copying. */
const WINDOW = 10_000
/** Kept even when they are older, so that a run of large objects, minutes apart, has a speed too. */
const KEPT = 16

/** The recent speed of a run. Bounded memory: one sample a tick and {@link WINDOW}. */
export class Meter {
  readonly #samples: Sample[] = []

  /** `at` in ms, ascending. A distance that went back (a pair that is listed anew) starts the measurement over. */
  sample(at: number, distance: Distance): void {
    const last = this.#samples.at(-1)
    if (last !== undefined && distance.objects < last.objects) this.#samples.length = 0
    if (last?.objects !== distance.objects) this.#samples.push({ ...distance, at })
    while (this.#samples.length > KEPT && at - (this.#samples[0]?.at ?? at) > WINDOW) this.#samples.shift()
  }

  /** Per second, from the oldest sample until `now` (ms); undefined before there is anything to tell. */
  speed(now: number): Distance | undefined {
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
