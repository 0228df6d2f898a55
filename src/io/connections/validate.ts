/** Describes in a sentence why a connection name is invalid; undefined for a valid one. A colon follows the name: `NAME:BUCKET`. */
export function nameProblem(name: string): string | undefined {
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]{0,63}$/u.test(name))
    return 'A name is 1 to 64 letters, digits, ".", "_" or "-", and begins with a letter or a digit.'
  return RESERVED.has(name.toLowerCase()) ? `"${name}" has a meaning of its own.` : undefined
}

/** The first two are location prefixes. The others are names of properties of every object, and valibot's `record` drops them. */
const RESERVED: ReadonlySet<string> = new Set(['s3', 'file', 'constructor', 'prototype'])

/** Describes in a sentence why an endpoint is malformed. */
export function endpointProblem(endpoint: string): string | undefined {
  if (!/^https?:\/\//i.test(endpoint)) return 'An endpoint begins with http:// or https://.'
  if (!URL.canParse(endpoint)) return 'An endpoint is http(s)://HOST, with :PORT or /PATH where they are needed.'
  const url = new URL(endpoint)
  if (url.username !== '' || url.password !== '') return 'An endpoint holds no keys; they are asked for separately.'
  if (url.search !== '' || url.hash !== '') return 'An endpoint has no "?" and no "#".'
  return undefined
}

/** Describes in a sentence why a region is malformed. Servers other than AWS invent their own regions. */
export function regionProblem(region: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(region) ? undefined : 'A region is a word like eu-central-1.'
}

/** `http(s)://host[:port][/path]` in the form that is compared and saved. */
export function plainEndpoint(endpoint: string): string {
  const { origin, pathname } = new URL(endpoint)
  return origin + pathname.replace(/\/+$/, '')
}
