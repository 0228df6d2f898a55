import type { BucketChoice } from './request.js'
import type { Problem } from './tokenize.js'

/** Reads `--buckets`: `all`, or names with commas, each perhaps with its name at the target: `a,old=new`. */
export function parseBuckets(list: string): { readonly ok: BucketChoice } | Problem {
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
  if (pairs.some(({ source, target }) => `${source}${target}`.includes('/'))) return wrong('a bucket’s name holds no "/".')
  if (pairs.some(({ source, target }) => [source, target].some((name) => name === '.' || name === '..')))
    return wrong('no bucket is called "." or "..".')
  const twice = (names: readonly string[]): string | undefined => names.find((name, index) => names.indexOf(name) !== index)
  const source = twice(pairs.map((pair) => pair.source))
  if (source !== undefined) return wrong(`"${source}" is named twice.`)
  const target = twice(pairs.map((pair) => pair.target))
  return target === undefined ? { ok: pairs } : wrong(`two buckets would go to "${target}".`)
}
