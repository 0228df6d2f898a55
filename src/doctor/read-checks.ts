import { outcomeOf, type CheckResult, resultOf, no, unknown, yes } from './verdict.js'
import type { CheckContext, BucketAccess } from './check-context.js'

const NOTHING = 'there is no object to read'
/** An ETag that no object has. */
export const UNKNOWN_ETAG = 'ffffffffffffffffffffffffffffffff'

export async function checkRanges(context: CheckContext, { sample }: BucketAccess): Promise<CheckResult> {
  if (sample === undefined) return unknown(NOTHING)
  const range = { start: Math.min(2, sample.size - 1), end: Math.min(5, sample.size) }
  const got = await outcomeOf(() =>
    context.store.get({ bucket: context.bucket, key: sample.key, range, gather: 16, signal: context.signal }),
  )
  if ('failure' in got)
    return got.failure.code === 'RangeIgnored' ? no('ignored: the whole object is returned') : resultOf(got.failure)
  return got.ok.length === range.end - range.start ? yes('206, exactly the requested bytes') : no('other bytes are returned')
}

export async function checkConditionalReads(context: CheckContext, { sample }: BucketAccess): Promise<CheckResult> {
  if (sample === undefined) return unknown(NOTHING)
  const asked = { bucket: context.bucket, key: sample.key, gather: 16, signal: context.signal }
  const other = await outcomeOf(async () => discarded(await context.store.get({ ...asked, ifMatch: UNKNOWN_ETAG })))
  // The store itself compares the ETag of the answer.
  if ('ok' in other || (other.failure.kind === 'changed' && other.failure.status === undefined)) return no('If-Match is ignored')
  if (other.failure.status !== 412) return resultOf(other.failure)
  discarded(await context.store.get({ ...asked, ifMatch: sample.etag }))
  return yes('If-Match: 412')
}

function discarded({ body }: Awaited<ReturnType<CheckContext['store']['get']>>): void {
  if (!(body instanceof Uint8Array)) body.destroy()
}
