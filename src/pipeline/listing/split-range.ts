import { compareKeys } from '../ports/key-order.js'

/** Comes behind all that begins the same. */
const LAST = '\u{10ffff}'
/** So many keys of a page tell which characters there are. */
const SAMPLES = 16

/** So many places are looked at, all at once, to find out where keys are. */
const CANDIDATES = 12

/** The first tail behind a tail, within the range that is to be split; undefined when there is none. */
export type Probe = (tail: string) => Promise<string | undefined>

/** The characters that keys of a bucket were seen to be made of, so that a range is cut where keys are and not in the middle of Unicode. */
export class Alphabet {
  private readonly seen = new Set<string>()
  private sorted: readonly string[] | undefined

  /** Learns from some keys of a page. */
  learn(keys: readonly { readonly key: string }[]): void {
    const step = Math.max(1, Math.floor(keys.length / SAMPLES))
    for (let i = 0; i < keys.length; i += step) this.add(keys[i]?.key ?? '')
  }

  add(key: string): void {
    for (const character of key) {
      if (this.seen.has(character)) continue
      this.seen.add(character)
      this.sorted = undefined
    }
  }

  /** Those behind `character`, in order. */
  behind(character: string): readonly string[] {
    this.sorted ??= [...this.seen].sort(compareKeys)
    return this.sorted.filter((other) => compareKeys(other, character) > 0)
  }
}

/**
 * Where to cut the range of tails `(from, to]` into at most `pieces`: tails in order, each with something of the source behind it before the
 * next one. Empty when nothing was found to cut.
 *
 * First it looks for the character at which the keys that are left begin to differ from `from`, by halving: "is anything behind all that
 * begin like this?" Then it cuts there, at characters that were seen: a bucket of numbers is cut at digits, one of dates at days. Wherever
 * it cuts, no key is lost or met twice; a bad cut costs a request.
 */
export async function cuts(
  from: string,
  to: string | undefined,
  pieces: number,
  alphabet: Alphabet,
  probe: Probe,
): Promise<readonly string[]> {
  const found = await branching(Array.from(from), to, probe)
  if (found === undefined) return []
  const { prefix, at, next } = found
  alphabet.add(next)
  const inside = (tail: string): boolean => to === undefined || compareKeys(tail, to) < 0
  const points = alphabet.behind(at).map((character) => prefix + character)
  const candidates = spread(points.filter(inside), CANDIDATES)
  const behind = await Promise.all(candidates.map(probe))
  const kept: string[] = []
  for (const [index, point] of candidates.entries()) {
    const here = behind[index]
    // Nothing lies between a point and the one after it when both have the same tail behind them.
    if (here !== undefined && here !== behind[index + 1]) kept.push(point)
  }
  return spread(kept, pieces - 1)
}

/** Where the tails behind `from` begin to differ from it: all share `prefix`, there `from` has `at`, and `next` is the first that has another. */
async function branching(from: readonly string[], to: string | undefined, probe: Probe) {
  let found: { readonly prefix: string; readonly at: string; readonly next: string } | undefined
  let [low, high] = [shared(from, to), from.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const next = await probe(from.slice(0, middle + 1).join('') + LAST)
    if (next === undefined) low = middle + 1
    else {
      found = { prefix: from.slice(0, middle).join(''), at: from[middle] ?? '', next }
      high = middle - 1
    }
  }
  return found
}

/** How many characters all of a range begin with. */
function shared(from: readonly string[], to: string | undefined): number {
  if (to === undefined) return 0
  const other = Array.from(to)
  const differ = from.findIndex((character, index) => character !== other[index])
  return differ < 0 ? from.length : differ
}

/** At most `count` of them, evenly. */
function spread(all: readonly string[], count: number): readonly string[] {
  if (all.length <= count) return all
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)] ?? '')
}
