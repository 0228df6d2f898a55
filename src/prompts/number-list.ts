/** The chosen indexes (from 0, ascending), or why the answer is invalid. */
export type NumberList = { readonly ok: readonly number[] } | { readonly error: string }

/**
 * Reads a choice from a numbered list: `3`, `1,3,5`, `1-5`, `all`, names, and any mix of them with commas. Spaces don't matter, duplicates
 * count once, a range may be descending. Numbers start at 1; a number always means the position, also if a bucket has that name. Full-width
 * digits and commas of East Asian keyboards are accepted.
 */
export function parseNumberList(text: string, names: readonly string[]): NumberList {
  const words = text
    .normalize('NFKC')
    .split(/[,、]/)
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (words.length === 0) return { error: 'Choose at least one bucket.' }
  const chosen = new Set<number>()
  for (const word of words) {
    const some = parseWord(word, names)
    if ('error' in some) return some
    for (const index of some.ok) chosen.add(index)
  }
  return { ok: [...chosen].sort((a, b) => a - b) }
}

function parseWord(word: string, names: readonly string[]): NumberList {
  if (word.toLowerCase() === 'all') return { ok: names.map((_, index) => index) }
  const range = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(word)
  if (range === null) {
    const index = names.indexOf(word)
    if (/^\d+(?:\s+\d+)+$/.test(word))
      return { error: `"${word}": put commas between the numbers, e.g. ${word.replace(/\s+/g, ',')}` }
    return index >= 0 ? { ok: [index] } : { error: `"${word}" is not a number, a range like 1-5, or a bucket name.` }
  }
  const ends = [Number(range[1]), Number(range[2] ?? range[1])]
  const outside = ends.find((end) => end < 1 || end > names.length)
  if (outside !== undefined) return { error: `No bucket number ${outside}: choose 1–${names.length}.` }
  const first = Math.min(...ends) - 1
  return { ok: Array.from({ length: Math.max(...ends) - first }, (_, offset) => first + offset) }
}
