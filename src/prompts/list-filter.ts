import { parseNumberList, type NumberList } from './number-list.js'

const NOTHING_CHOSEN = 'Select at least one with Space, type numbers (3 or 1,3,5 or 1-5) or all, or quit with Ctrl+C.'

/** Whether a text is meant as numbers or a list of names, as in {@link parseNumberList}; else it filters. */
export function isNumberList(text: string): boolean {
  const plain = text.normalize('NFKC').trim()
  return plain.toLowerCase() === 'all' || /[,、]/.test(plain) || /^\d[\d\s-]*$/.test(plain)
}

/** The entries that a text leaves in a list (from 0, ascending): those that it selects, else those whose label contains it. */
export function shownBy(text: string, labels: readonly string[]): readonly number[] {
  if (isNumberList(text)) {
    const list = parseNumberList(text, labels)
    if ('ok' in list) return list.ok
  }
  const word = text.trim().toLowerCase()
  const matching = labels.flatMap((label, index) => (label.toLowerCase().includes(word) ? [index] : []))
  // An unfinished list, e.g. `1-`: it hides nothing.
  return matching.length === 0 && isNumberList(text) ? labels.map((_, index) => index) : matching
}

/**
 * What Enter takes: the marked entries and a typed list, or the only entry that a filter leaves.
 * @returns indexes from 0, ascending, at least one; or why there are none
 */
export function chosenBy(text: string, marked: readonly number[], labels: readonly string[]): NumberList {
  if (isNumberList(text)) {
    const list = parseNumberList(text, labels)
    return 'error' in list ? list : { ok: [...new Set([...marked, ...list.ok])].sort((a, b) => a - b) }
  }
  if (marked.length > 0) return { ok: marked }
  const exact = labels.indexOf(text.trim())
  const left = exact >= 0 ? [exact] : text.trim() === '' ? [] : shownBy(text, labels)
  return left.length === 1 ? { ok: left } : { error: NOTHING_CHOSEN }
}
