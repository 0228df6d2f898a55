import { isIPv4 } from 'node:net'

/** Describes in a sentence why no server would accept a bucket name; undefined for a possible name. */
export function bucketProblem(bucket: string): string | undefined {
  if (bucket === '') return 'A bucket has a name.'
  if (bucket === '.' || bucket === '..') return `No bucket is called "${bucket}".`
  return bucket.includes('/') ? 'A bucket’s name holds no "/".' : undefined
}

const RESERVED = /^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/

/**
 * Describes in a sentence which AWS rule a bucket name breaks (Amazon S3 user guide, "General purpose bucket naming rules"). Most other
 * servers have the same rules.
 */
export function namingProblem(bucket: string): string | undefined {
  const odd = Array.from(bucket).find((character) => !/[a-z0-9.-]/.test(character))
  if (odd !== undefined) return `A bucket can’t be called "${bucket}": it holds ${kindOf(odd)}.`
  if (bucket.length < 3 || bucket.length > 63) return `A bucket can’t be called "${bucket}": a name has 3 to 63 characters.`
  if (!/^[a-z0-9].*[a-z0-9]$/.test(bucket))
    return `A bucket can’t be called "${bucket}": it begins or ends with no letter or digit.`
  if (bucket.includes('..')) return `A bucket can’t be called "${bucket}": it holds two dots in a row.`
  if (isIPv4(bucket)) return `A bucket can’t be called "${bucket}": that is an IP address.`
  return RESERVED.test(bucket) ? `A bucket can’t be called "${bucket}": AWS keeps such names for itself.` : undefined
}

function kindOf(character: string): string {
  if (/\s/.test(character)) return 'a space'
  if (character === ',') return 'a comma'
  if (/[A-Z]/.test(character)) return `the capital letter "${character}"`
  return character.normalize('NFKC') === character ? `"${character}"` : `the wide character "${character}"`
}

/** Suggests a valid name for one that AWS refuses; undefined without a suggestion. */
export function nameMeant(bucket: string): string | undefined {
  const meant = bucket
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, '-')
  return meant !== bucket && namingProblem(meant) === undefined ? meant : undefined
}
