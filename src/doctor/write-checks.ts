import { createHash } from 'node:crypto'
import { StoreError } from '../pipeline/ports/failure.js'
import { outcomeOf, failureText, type CheckResult, resultOf, no, partly, expectRefusal, yes } from './verdict.js'
import type { CheckContext } from './check-context.js'
import { rawHead, rawPut } from './raw-requests.js'
import { UNKNOWN_ETAG } from './read-checks.js'
import { SAMPLE_HEADERS, lostHeaders } from './metadata-checks.js'

export async function checkEtagMd5(context: CheckContext): Promise<CheckResult> {
  const { etag } = await context.store.put({
    ...{ bucket: context.bucket, key: `${context.root}etag`, body: Buffer.from('abc'), size: 3, attributes: { metadata: {} } },
    signal: context.signal,
  })
  return etag === createHash('md5').update('abc').digest('hex') ? yes('of whole objects') : no(`"${etag}" of "abc"`)
}

export async function checkConditionalWrites(context: CheckContext): Promise<CheckResult> {
  await rawPut(context, 'condition', 'first')
  const exists = await expectRefusal(() => rawPut(context, 'condition', 'second', ['if-none-match', '*']))
  const changed = await expectRefusal(() => rawPut(context, 'condition', 'third', ['if-match', `"${UNKNOWN_ETAG}"`]))
  const [none, match] = [exists?.status === 412, changed?.status === 412]
  if (none && match) return yes('If-None-Match: * and If-Match: 412')
  const refused = [exists, changed].find((failure) => failure !== undefined && failure.status !== 412)
  if (!none && !match) return no(refused === undefined ? 'both are ignored' : failureText(refused))
  return partly(none ? 'If-None-Match: * only' : 'If-Match only')
}

/** Whether a copy keeps the bytes and the attributes. */
export async function checkServerSideCopy(context: CheckContext): Promise<CheckResult> {
  const { bucket, root, signal } = context
  const from = { bucket, key: `${root}copy from`, signal }
  const to = { bucket, key: `${root}copy to`, signal }
  await context.store.put({
    ...from,
    body: Buffer.from('copied'),
    size: 6,
    attributes: { ...SAMPLE_HEADERS, metadata: { from: 'there' } },
  })
  await context.store.serverSideCopies.copy({ ...to, from })
  const [source, copy] = [await context.store.head(from), await context.store.head(to)]
  if (copy.size !== 6) return no(`6 bytes became ${copy.size}`)
  const lost = lostHeaders(copy.attributes, source.attributes)
  if (copy.attributes.metadata['from'] !== source.attributes.metadata['from']) lost.push('metadata')
  return lost.length === 0 ? yes('metadata included') : partly(`lost: ${lost.join(', ')}`)
}

/** The store deletes objects one by one if the server refuses batches: the request log shows it. */
export async function checkBatchDeletes(context: CheckContext): Promise<CheckResult> {
  const { bucket, root, signal, requestLog } = context
  const keys = ['batch/1', 'batch/2 &<>', 'batch/3 \u00fc']
  for (const key of keys) await rawPut(context, key, 'to be deleted')
  const before = requestLog.requestCount('DeleteObject')
  const failed = await context.store.deleteObjects({ bucket, keys: keys.map((key) => root + key), signal })
  if (failed[0] !== undefined) return resultOf(failed[0].failure)
  if (requestLog.requestCount('DeleteObject') > before) return no('refused; objects are deleted one by one')
  for (const key of keys) {
    const found = await outcomeOf(() => rawHead(context, key))
    if ('ok' in found) return no(`"${key}" is still there`)
    if (found.failure.status !== 404) throw new StoreError(found.failure)
  }
  return yes('DeleteObjects')
}
