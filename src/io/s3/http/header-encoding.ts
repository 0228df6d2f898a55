const ASCII = /^[\x20-\x7e\t]*$/

/** Node writes each header character as one byte, so text beyond ASCII is passed as the characters of its UTF-8 bytes. */
export function asUtf8Bytes(value: string): string {
  return ASCII.test(value) ? value : Buffer.from(value, 'utf8').toString('latin1')
}

/** Node reads each header byte as one character. Bytes that are not UTF-8 are unchanged. AWS answers with RFC 2047 words instead. */
export function fromHeader(value: string): string {
  if (ASCII.test(value)) return ENCODED_WORDS.test(value) ? decodeWords(value) : value
  const text = Buffer.from(value, 'latin1').toString('utf8')
  return text.includes('\ufffd') ? value : text
}

/** RFC 2047, section 2; only white space may separate words. */
const ENCODED_WORD = /=\?utf-8\?([bq])\?([^?\s]*)\?=/gi
const ENCODED_WORDS = /^(=\?utf-8\?[bq]\?[^?\s]*\?=\s*)+$/i

function decodeWords(value: string): string {
  const bytes = [...value.matchAll(ENCODED_WORD)].map(([, encoding = '', text = '']) =>
    encoding.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quotedPrintable(text),
  )
  // AWS may split the bytes of one character over two words, so they are joined before decoding.
  return Buffer.concat(bytes).toString('utf8')
}

function quotedPrintable(text: string): Buffer {
  const characters = text
    .replaceAll('_', ' ')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
  return Buffer.from(characters, 'latin1')
}
