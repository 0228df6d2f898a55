import { existsSync } from 'node:fs'
import { resolveUserPath } from '../../io/files/paths.js'
import { exceptForCase, nearestWord } from '../args/did-you-mean.js'
import { openConnections } from './open-endpoints.js'
import type { ProcessContext } from './process-context.js'

/** Suggests a location for a word that is none, from connections and files; undefined if nothing is similar. */
export async function suggestLocation(word: string, proc: ProcessContext): Promise<string | undefined> {
  const [first = '', ...rest] = word.split('/')
  const known = await connectionNames(proc)
  const [named] = exceptForCase(first, known)
  const path = existsSync(resolveUserPath(word, proc.env, proc.cwd)) ? `./${word}` : undefined
  if (named !== undefined) {
    const place = rest.length === 0 ? `write ${named}:BUCKET.` : `did you mean ${named}:${rest.join('/')}?`
    return `"${named}" is a connection: ${place}${path === undefined ? '' : ` For what is on this machine: ${path}`}`
  }
  if (path !== undefined) return `Did you mean ${path}?`
  const near = nearestWord(first, known)
  return near === undefined ? undefined : `Did you mean ${[`${near}:${rest[0] ?? 'BUCKET'}`, ...rest.slice(1)].join('/')}?`
}

/** Empty if they cannot be read: that is reported when one is used. */
async function connectionNames(proc: ProcessContext): Promise<readonly string[]> {
  try {
    return (await openConnections(proc, () => undefined).list()).map(({ name }) => name)
  } catch {
    return []
  }
}
