import { existsSync } from 'node:fs'
import { resolveUserPath } from '../../io/files/paths.js'
import { nearest } from '../args/did-you-mean.js'
import { openBook } from './open-endpoints.js'
import type { Surroundings } from './process-context.js'

/** What was probably meant by a word that is no location, as far as connections and files tell; undefined where nothing suggests itself. */
export async function wordMeant(word: string, s: Surroundings): Promise<string | undefined> {
  const [first = '', ...rest] = word.split('/')
  const known = await connectionNames(s)
  const named = known.find((name) => name.toLowerCase() === first.toLowerCase())
  const path = existsSync(resolveUserPath(word, s.env, s.cwd)) ? `./${word}` : undefined
  if (named !== undefined) {
    const place = rest.length === 0 ? `write ${named}:BUCKET.` : `did you mean ${named}:${rest.join('/')}?`
    return `"${named}" is a connection: ${place}${path === undefined ? '' : ` For what is on this machine: ${path}`}`
  }
  if (path !== undefined) return `Did you mean ${path}?`
  const near = nearest(first, known)
  return near === undefined ? undefined : `Did you mean ${[`${near}:${rest[0] ?? 'BUCKET'}`, ...rest.slice(1)].join('/')}?`
}

/** None where they cannot be read: that is reported when one is used. */
async function connectionNames(s: Surroundings): Promise<readonly string[]> {
  try {
    return (await openBook(s, () => undefined).list()).map(({ name }) => name)
  } catch {
    return []
  }
}
