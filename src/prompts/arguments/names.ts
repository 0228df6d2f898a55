import { closest, distance } from 'fastest-levenshtein'

/** The known word that was probably meant; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined
  const candidate = closest(word.toLowerCase(), [...known])
  // Half of the letters wrong is no slip of the finger.
  return distance(word.toLowerCase(), candidate.toLowerCase()) <= Math.max(1, Math.floor(candidate.length / 2))
    ? candidate
    : undefined
}
