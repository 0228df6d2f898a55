import { createHash } from 'node:crypto'
import { StoreError } from '../pipeline/ports/failure.js'
import { attempt, inShort, type Judgement, judged, no, partly, refusal, yes } from './verdict.js'
import type { Patient } from './subject.js'
import { head, put } from './raw-requests.js'
import { OTHER } from './read-checks.js'
import { HEADERS, lostHeaders } from './metadata-checks.js'

export async function etagMd5(p: Patient): Promise<Judgement> {
  const { etag } = await p.store.put({
    ...{ bucket: p.bucket, key: `${p.root}etag`, body: Buffer.from('abc'), size: 3, attributes: { metadata: {} } },
    signal: p.signal,
  })
  return etag === createHash('md5').update('abc').digest('hex') ? yes('of whole objects') : no(`"${etag}" of "abc"`)
}

export async function conditionalWrites(p: Patient): Promise<Judgement> {
  await put(p, 'condition', 'first')
  const exists = await refusal(() => put(p, 'condition', 'second', ['if-none-match', '*']))
  const changed = await refusal(() => put(p, 'condition', 'third', ['if-match', `"${OTHER}"`]))
  const [none, match] = [exists?.status === 412, changed?.status === 412]
  if (none && match) return yes('If-None-Match: * and If-Match: 412')
  const said = [exists, changed].find((failure) => failure !== undefined && failure.status !== 412)
  if (!none && !match) return no(said === undefined ? 'both are ignored' : inShort(said))
  return partly(none ? 'If-None-Match: * only' : 'If-Match only')
}

/** The bytes, and the attributes that the server stored in the first place. */
export async function serverSideCopy(p: Patient): Promise<Judgement> {
  const { bucket, root, signal } = p
  const from = { bucket, key: `${root}copy from`, signal }
  const to = { bucket, key: `${root}copy to`, signal }
  await p.store.put({ ...from, body: Buffer.from('copied'), size: 6, attributes: { ...HEADERS, metadata: { from: 'there' } } })
  await p.store.serverSideCopies.copy({ ...to, from })
  const [source, copy] = [await p.store.head(from), await p.store.head(to)]
  if (copy.size !== 6) return no(`6 bytes became ${copy.size}`)
  const lost = lostHeaders(copy.attributes, source.attributes)
  if (copy.attributes.metadata['from'] !== source.attributes.metadata['from']) lost.push('metadata')
  return lost.length === 0 ? yes('metadata included') : partly(`lost: ${lost.join(', ')}`)
}

/** The store deletes one by one where batches are refused: then other requests go out. */
export async function batchDeletes(p: Patient): Promise<Judgement> {
  const { bucket, root, signal, ledger } = p
  const keys = ['batch/1', 'batch/2 &<>', 'batch/3 \u00fc']
  for (const key of keys) await put(p, key, 'to be deleted')
  const before = ledger.timesAsked('DeleteObject')
  const failed = await p.store.deleteObjects({ bucket, keys: keys.map((key) => root + key), signal })
  if (failed[0] !== undefined) return judged(failed[0].failure)
  if (ledger.timesAsked('DeleteObject') > before) return no('refused; objects are deleted one by one')
  for (const key of keys) {
    const there = await attempt(() => head(p, key))
    if ('ok' in there) return no(`"${key}" is still there`)
    if (there.failure.status !== 404) throw new StoreError(there.failure)
  }
  return yes('DeleteObjects')
}
