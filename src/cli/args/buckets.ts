import type { Problem } from './problem.js'
import { type Answer, text, type ValueType } from './values.js'

/** `--buckets`: all of the source, or these, each with its name at the target. */
export type BucketChoice = 'all' | readonly { readonly source: string; readonly target: string }[]

export const BUCKETS: ValueType<BucketChoice> = { ...text('LIST', 'photos,old=new'), parse: parseBuckets }

/** Reads `--buckets`: `all`, or names with commas, each perhaps with its name at the target: `a,old=new`. */
function parseBuckets(list: string): Answer<BucketChoice> {
  if (list === 'all') return { ok: 'all' }
  const pairs = list.split(',').map((word) => {
    const [source = '', target = source, ...more] = word.trim().split('=')
    return more.length > 0 ? { source: '', target: '' } : { source, target }
  })
  const wrong = (what: string): Problem => ({
    what: `--buckets ${list}: ${what}`,
    todo: 'Write all, or names with commas: a,b or old=new.',
  })
  if (pairs.some(({ source, target }) => source === '' || target === '')) return wrong('a name is missing.')
  if (pairs.some(({ source, target }) => `${source}${target}`.includes('/'))) return wrong('a bucket name contains no "/".')
  if (pairs.some(({ source, target }) => [source, target].some((name) => name === '.' || name === '..')))
    return wrong('no bucket is called "." or "..".')
  const twice = (names: readonly string[]): string | undefined => names.find((name, index) => names.indexOf(name) !== index)
  const source = twice(pairs.map((pair) => pair.source))
  if (source !== undefined) return wrong(`"${source}" is named twice.`)
  const target = twice(pairs.map((pair) => pair.target))
  return target === undefined ? { ok: pairs } : wrong(`two buckets would go to "${target}".`)
}
