import { closest, distance } from 'fastest-levenshtein'

/** The known word that was probably meant, in whatever case; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const [typed, words] = [word.toLowerCase(), known.map((one) => one.toLowerCase())]
  const candidate = closest(typed, words)
  // Half of the letters wrong is no slip of the finger.
  const isNear = distance(typed, candidate) <= Math.max(1, Math.floor(candidate.length / 2))
  return isNear ? known[words.indexOf(candidate)] : undefined
}
