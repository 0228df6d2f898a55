/**
 * Compares two keys in S3's order: by their UTF-8 bytes. Negative, zero or positive, as for `Array.sort`.
 *
 * JavaScript compares UTF-16 units. This agrees with UTF-8 except if one side has a surrogate (a character above U+FFFF) and the other a
 * unit above the surrogates (U+E000 to U+FFFF). So the plain `<` decides, unless the first difference has a surrogate.
 */
export function compareKeys(a: string, b: string): number {
  if (a === b) return 0
  const plain = a < b ? -1 : 1
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    return x >= SURROGATES && y >= SURROGATES ? rank(x) - rank(y) : plain
  }
  return a.length - b.length
}

const SURROGATES = 0xd800
const AFTER_SURROGATES = 0xe000

/** Ranks surrogates above all other units: their characters take four bytes in UTF-8 and sort last. */
function rank(unit: number): number {
  return unit < AFTER_SURROGATES ? unit + 0x2800 : unit
}
