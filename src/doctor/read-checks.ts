import { attempt, type Judgement, judged, no, refusal, unknown, yes } from './verdict.js'
import type { Patient, Place } from './subject.js'

const NOTHING = 'there is no object to read'
/** An ETag that no object has. */
export const OTHER = 'ffffffffffffffffffffffffffffffff'

export async function ranges(p: Patient, { sample }: Place): Promise<Judgement> {
  if (sample === undefined) return unknown(NOTHING)
  const range = { start: Math.min(2, sample.size - 1), end: Math.min(5, sample.size) }
  const got = await attempt(() => p.store.get({ bucket: p.bucket, key: sample.key, range, gather: 16, signal: p.signal }))
  if ('failure' in got)
    return got.failure.code === 'WrongRange' ? no('ignored: the whole object is returned') : judged(got.failure)
  return got.ok.length === range.end - range.start ? yes('206, exactly the requested bytes') : no('other bytes are returned')
}

export async function conditionalReads(p: Patient, { sample }: Place): Promise<Judgement> {
  if (sample === undefined) return unknown(NOTHING)
  const asked = { bucket: p.bucket, key: sample.key, gather: 16, signal: p.signal }
  const refused = await refusal(async () => discarded(await p.store.get({ ...asked, ifMatch: OTHER })))
  if (refused === undefined) return no('If-Match is ignored')
  if (refused.status !== 412) return judged(refused)
  discarded(await p.store.get({ ...asked, ifMatch: sample.etag }))
  return yes('If-Match: 412')
}

function discarded({ body }: Awaited<ReturnType<Patient['store']['get']>>): void {
  if (!(body instanceof Uint8Array)) body.destroy()
}
