/**
 * A word of the command line that may be a URL, without what may be secret in it: everything up to the last `@`, and the query of a signed
 * URL. Of an `s3://` location, whose keys may contain any character, only what stands before an `@` in place of the bucket. Other words are
 * returned as they are.
 */
export function redact(word: string): string {
  if (/^(file:|[^/]*$)/i.test(word)) return word
  if (/^s3:/i.test(word)) return word.replace(/^(s3:\/\/)[^/]*@/i, '$1…@')
  return word.replace(
    /^([a-z][a-z\d+.-]*:\/\/)(?:(.*)@)?([^?#]*)(.*)$/is,
    (_all, scheme: string, login: unknown, rest: string, query: string) =>
      `${scheme}${login === undefined ? '' : '…@'}${rest}${query === '' ? '' : '?…'}`,
  )
}
