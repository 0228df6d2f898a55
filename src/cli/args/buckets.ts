import type { Problem } from './problem.js'
import { type ParseResult, textValue, type ValueType } from './values.js'

/** `--buckets`: all buckets of the source, or a list with target names. */
export type BucketChoice = 'all' | readonly { readonly source: string; readonly target: string }[]

export const BUCKETS: ValueType<BucketChoice> = { ...textValue('LIST', 'photos,old=new'), parse: parseBuckets }

/** Parses `--buckets`: `all`, or names separated by commas, optionally with target names: `a,old=new`. */
function parseBuckets(list: string): ParseResult<BucketChoice> {
  if (list === 'all') return { ok: 'all' }
  const pairs = list.split(',').map((word) => {
    const [source = '', target = source, ...more] = word.trim().split('=')
    return more.length > 0 ? { source: '', target: '' } : { source, target }
  })
  const problem = (what: string): Problem => ({
    what: `--buckets ${list}: ${what}`,
    todo: 'Write all, or names with commas: a,b or old=new.',
  })
  if (pairs.some(({ source, target }) => source === '' || target === '')) return problem('a name is missing.')
  if (pairs.some(({ source, target }) => `${source}${target}`.includes('/'))) return problem('a bucket name contains no "/".')
  if (pairs.some(({ source, target }) => [source, target].some((name) => name === '.' || name === '..')))
    return problem('no bucket is called "." or "..".')
  const twice = (names: readonly string[]): string | undefined => names.find((name, index) => names.indexOf(name) !== index)
  const source = twice(pairs.map((pair) => pair.source))
  if (source !== undefined) return problem(`"${source}" is named twice.`)
  const target = twice(pairs.map((pair) => pair.target))
  return target === undefined ? { ok: pairs } : problem(`two buckets would go to "${target}".`)
}
