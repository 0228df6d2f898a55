import fg from 'fast-glob'
import { readFileSync } from 'node:fs'

/** Shorter secrets may occur in other texts by chance. */
const SHORTEST = 8

/** The possible encodings of a customer-provided key, which is given raw or in base64. */
function keyForms(value: string): string[] {
  const key = value.length === 32 ? Buffer.from(value) : Buffer.from(value, 'base64')
  return [value.trim(), key.toString('base64'), key.toString('base64url'), key.toString('hex'), key.toString('latin1')]
}

/** The secrets in the environment of a program, plain and percent-encoded. */
function secretsOf(env: Readonly<Record<string, string>>): string[] {
  const secrets = Object.entries(env).flatMap(([name, value]) => {
    if (/^S3_SYNC_(?:SOURCE|TARGET)_SSE_KEY$/.test(name)) return keyForms(value)
    if (name === 'AWS_SECRET_ACCESS_KEY' || name === 'AWS_SESSION_TOKEN' || name === 'S3_SYNC_PASSPHRASE') return [value]
    if (!name.startsWith('S3_SYNC_CONNECTION_') || !URL.canParse(value)) return []
    const { password, searchParams } = new URL(value)
    return [password, searchParams.get('token') ?? '']
  })
  return [...new Set(secrets.flatMap((secret) => [secret, decoded(secret)]))].filter((secret) => secret.length >= SHORTEST)
}

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret)
  } catch {
    // The bytes are not UTF-8.
    return secret
  }
}

/** Where secrets of the environment occur: the names of `outputs`, and the paths of files below `directories`. */
export function secretsTold(
  env: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
  directories: readonly string[],
): string[] {
  const secrets = secretsOf(env)
  if (secrets.length === 0) return []
  const tells = (text: string): boolean => secrets.some((secret) => text.includes(secret))
  const files = directories.flatMap((cwd) => fg.sync('**', { cwd, absolute: true, dot: true, suppressErrors: true }))
  return [
    ...Object.entries(outputs).flatMap(([name, text]) => (tells(text) ? [name] : [])),
    ...files.filter((file) => tells(readIfThere(file))),
  ]
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    // It was removed since it was listed.
    return ''
  }
}
