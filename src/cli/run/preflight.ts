import { StoreError } from '../../pipeline/ports/failure.js'
import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'
import type { Side } from './open-endpoints.js'
import { refused } from './cli-error.js'

/** Reasons to give up before the run: five retries would not fix a misspelt host, and a person waits. */
const UNREACHABLE = new Set(['ConnectionRefused', 'ConnectTimeout', 'UnknownHost'])

/**
 * Looks once at every target bucket, and at the first source bucket: whether both endpoints can be reached, and which target buckets are
 * missing. Failures that retries may fix, or that a run can explain better, are left to the run.
 */
export async function reach(
  pairs: readonly BucketPair[],
  source: Side,
  target: Side,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const [first] = pairs
  if (first === undefined) throw new Error('a run without pairs')
  await look(source, first.source.bucket, signal)
  const missing = new Set<string>()
  for (const pair of pairs) if ((await look(target, pair.target.bucket, signal)) === 'missing') missing.add(pair.target.bucket)
  return missing
}

/** What an endpoint says of a bucket; `unknown`: what comes next tells better. @throws {Refusal} where it can't be reached */
export async function look(
  { store, context }: Side,
  bucket: string,
  signal: AbortSignal,
): Promise<'exists' | 'missing' | 'unknown'> {
  try {
    return await store.headBucket({ bucket, signal })
  } catch (error) {
    if (!(error instanceof StoreError) || signal.aborted) throw error
    const { kind, code } = error.failure
    if (kind === 'fatal' || UNREACHABLE.has(code)) throw refused(error.failure, { ...context, bucket })
    return 'unknown'
  }
}
