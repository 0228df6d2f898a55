import { StoreError } from '../../pipeline/ports/failure.js'
import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'
import type { OpenSide } from './open-endpoints.js'
import { endpointError } from './cli-error.js'

/** Codes that stop the command at once: retries would not fix a misspelt host. */
const UNREACHABLE = new Set(['ConnectionRefused', 'ConnectTimeout', 'UnknownHost'])

/**
 * Sends one HeadBucket to the first source bucket and to every target bucket: tests both endpoints, and returns the missing target buckets.
 * Failures that retries may fix, or that the run can explain better, are ignored here.
 * @throws {CliError} if an endpoint can't be reached
 */
export async function checkBuckets(
  pairs: readonly BucketPair[],
  source: OpenSide,
  target: OpenSide,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const [first] = pairs
  if (first === undefined) throw new Error('a run without pairs')
  await probeBucket(source, first.source.bucket, signal)
  const missing = new Set<string>()
  for (const pair of pairs)
    if ((await probeBucket(target, pair.target.bucket, signal)) === 'missing') missing.add(pair.target.bucket)
  return missing
}

/** Whether a bucket exists; `unknown` after a failure that the next requests explain better. @throws {CliError} if the endpoint can't be reached */
export async function probeBucket(
  { store, context }: OpenSide,
  bucket: string,
  signal: AbortSignal,
): Promise<'exists' | 'missing' | 'unknown'> {
  try {
    return await store.headBucket({ bucket, signal })
  } catch (error) {
    if (!(error instanceof StoreError) || signal.aborted) throw error
    const { kind, code } = error.failure
    if (kind === 'fatal' || UNREACHABLE.has(code)) throw endpointError(error.failure, { ...context, bucket })
    return 'unknown'
  }
}
