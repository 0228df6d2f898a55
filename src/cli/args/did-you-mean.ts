import { closest, distance } from 'fastest-levenshtein'

/** The most similar known word, ignoring case; undefined if none is similar. */
export function nearestWord(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const [typed, words] = [word.toLowerCase(), known.map((one) => one.toLowerCase())]
  const candidate = closest(typed, words)
  // With more than half of the letters wrong, it is no typo.
  const isNear = distance(typed, candidate) <= Math.max(1, Math.floor(candidate.length / 2))
  return isNear ? known[words.indexOf(candidate)] : undefined
}

/** The word itself if it is known; else the known words that differ from it in case only. */
export function exceptForCase(word: string, known: readonly string[]): readonly string[] {
  if (known.includes(word)) return [word]
  return known.filter((one) => one.toLowerCase() === word.toLowerCase())
}
