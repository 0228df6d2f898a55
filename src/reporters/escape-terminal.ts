/**
 * Keys, names and messages come from strangers: what could move the cursor, colour the screen or turn the
 * reading direction is shown escaped (`\x1b`, `\u202e`). All else stays as it is.
 */
export function printable(text: string): string {
  return text.replace(DANGEROUS, escape)
}

/** Control characters (C0, DEL, C1), line and paragraph separators, directional marks and overrides, the BOM, and lone surrogates. */
const DANGEROUS = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\p{Cs}]/gu

function escape(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
