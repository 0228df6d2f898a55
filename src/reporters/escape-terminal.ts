/**
 * Escapes a key, name or message from outside for a terminal: characters that could move the cursor, set colours or reverse the
 * reading direction (`\x1b`, `\u202e`).
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
