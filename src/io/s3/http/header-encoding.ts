const ASCII = /^[\x20-\x7e\t]*$/

/** Node writes header characters as one byte each: text beyond ASCII is handed over as the characters of its UTF-8 bytes. */
export function asUtf8Bytes(value: string): string {
  return ASCII.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1')
}

/** Node reads header bytes as one character each. Bytes that are no UTF-8 stay as they are. AWS answers with RFC 2047 words instead. */
export function fromHeader(value: string): string {
  if (ASCII.test(value)) return ENCODED_WORDS.test(value) ? decodeWords(value) : value
  const text = Buffer.from(value, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? value : text
}

/** RFC 2047, section 2; words apart by white space only. */
const ENCODED_WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=/gi
const ENCODED_WORDS = /^(=\?utf-8\?[bq]\?[^?\s]*\?=\s*)+$/i

function decodeWords(value: string): string {
  const bytes = [...value.matchAll(ENCODED_WORD)].map(([, encoding = '', text = '']) =>
    encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quotedPrintable(text),
  )
  // One character's bytes may be spread over two words (AWS does so): joined first, decoded then.
  return Buffer.concat(bytes).toString('utf8')
}

function quotedPrintable(text: string): Buffer {
  const characters = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(characters, 'latin1')
}
