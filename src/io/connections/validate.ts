/** What is wrong with a connection's name, in a sentence; undefined when it will do. It is written before a colon: `NAME:BUCKET`. */
export function nameProblem(name: string): string | undefined {
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u.test(name))
    return 'A name is 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter or a digit.'
  return RESERVED.has(name.toLowerCase()) ? `"${name}" has a meaning of its own.` : undefined
}

/** Two are locations; the others name what every object has, and valibot's `record` drops them. */
const RESERVED: ReadonlySet<string> = new Set(['s3', 'file', 'constructor', 'prototype'])

/** What is wrong with an endpoint's form, in a sentence. */
export function endpointProblem(endpoint: string): string | undefined {
  if (!/^https?:\/\//i.test(endpoint)) return 'An endpoint begins with http:// or https://.'
  if (!URL.canParse(endpoint)) return 'An endpoint is http(s)://HOST or http(s)://HOST:PORT.'
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') return 'An endpoint holds no keys; they are asked for separately.'
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '')
    return 'An endpoint ends with its host or port: no path, no "?".'
  return undefined
}

/** What is wrong with a region's form, in a sentence. Other servers than AWS have regions of their own invention. */
export function regionProblem(region: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(region) ? undefined : 'A region is a word like eu-central-1.'
}

/** `http(s)://host[:port]` as it is compared and kept. */
export function plainEndpoint(endpoint: string): string {
  return new URL(endpoint).origin
}
