import { compareKeys } from '../ports/key-order.js'

/** Sorts after every string with the same beginning. */
const LAST = '\u{10ffff}'
/** Number of keys of a page that are sampled for their characters. */
const SAMPLES = 16

/** Number of candidate split points that are probed at once. */
const CANDIDATES = 12

/** Finds the first tail after a tail, within the range to be split; undefined if there is none. */
export type Probe = (tail: string) => Promise<string | undefined>

/** The characters seen in keys of a bucket, so that a range is split where keys are and not in the middle of Unicode. */
export class Alphabet {
  private readonly seen = new Set<string>()
  private sorted: readonly string[] | undefined

  /** Learns from a sample of a page's keys. */
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

  /** The characters after `character`, sorted. */
  behind(character: string): readonly string[] {
    this.sorted ??= [...this.seen].sort(compareKeys)
    return this.sorted.filter((other) => compareKeys(other, character) > 0)
  }
}

/**
 * Split points of the range of tails `(from, to]` into at most `pieces`: tails in order, each followed by a source key before the next one.
 * Empty if no split point was found.
 * First a binary search finds the character at which the remaining keys begin to differ from `from`: "is there a key after all keys with
 * this beginning?" Then it splits at characters that were seen there: a bucket of numbers at digits, one of dates at days. No split loses
 * or repeats a key; a bad one costs a request.
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
    // If a point and the next one have the same tail after them, no key is between them.
    if (here !== undefined && here !== behind[index + 1]) kept.push(point)
  }
  return spread(kept, pieces - 1)
}

/**
 * Where the tails after `from` begin to differ from it: all share `prefix`, `from` continues with `at`, and `next` is the first that
 * continues differently.
 */
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

/** Number of characters that all tails of a range have in common at the start. */
function shared(from: readonly string[], to: string | undefined): number {
  if (to === undefined) return 0
  const other = Array.from(to)
  const differ = from.findIndex((character, index) => character !== other[index])
  return differ < 0 ? from.length : differ
}

/** At most `count` of them, evenly spaced. */
function spread(all: readonly string[], count: number): readonly string[] {
  if (all.length <= count) return all
  return Array.from({ length: count }, (_, i) => all[Math.floor(((i + 0.5) * all.length) / count)] ?? '')
}
