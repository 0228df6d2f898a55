import { isIP } from 'node:net'
import { headerOf } from '../io/s3/answers/answer.js'
import { openLine } from '../io/s3/http/connect.js'
import { queryOf } from '../io/s3/http/sigv4.js'
import type { Patient } from './subject.js'
import { attempt, inShort, judged, type Judgement, no, unknown, yes } from './verdict.js'

/** Where the bucket is, by its own account, and by which region requests are signed. */
export async function region(p: Patient): Promise<Judgement> {
  const { bucket, signal, requests } = p
  const asked = { operation: 'HeadBucket', method: 'HEAD', bucket, signal, gather: 0 } as const
  const { headers } = await requests.send(asked)
  const told = headerOf(headers, 'x-amz-bucket-region')
  if (told !== undefined) return yes(told)
  const located = await attempt(() => p.calls.location({ bucket, signal }))
  if ('ok' in located) return yes(located.ok === '' ? 'us-east-1' : located.ok)
  return unknown(`unknown (${inShort(located.failure)}); signed for ${requests.homeRegion}`)
}

/** Asks for a page with the bucket in the path, or in the name of the host. */
export async function style(p: Patient, pathStyle: boolean): Promise<Judgement> {
  const { connection, bucket, signal } = p
  const host = new URL(connection.endpoint ?? 'https://s3.amazonaws.com').hostname
  if (!pathStyle && isIP(host.replace(/^\[|\]$/g, '')) !== 0) return unknown('the endpoint is an address, not a name')
  const line = await openLine(
    { ...connection, pathStyle },
    { sockets: 1, timeouts: { connectMs: 5_000, firstByteMs: 5_000, stallMs: 5_000 } },
  )
  try {
    const operation = 'ListObjectsV2'
    const query = queryOf({ 'list-type': 2, 'max-keys': 1 })
    const answered = await attempt(() => line.requests.send({ operation, method: 'GET', bucket, query, signal, gather: 65_536 }))
    if ('ok' in answered) return yes(pathStyle ? `${host}/BUCKET` : `BUCKET.${host}`)
    // A name that does not resolve, or a certificate for another: that is an answer to this question.
    const { code, status } = answered.failure
    return status === undefined && code !== 'FirstByteTimeout' ? no(inShort(answered.failure)) : judged(answered.failure)
  } finally {
    line.close()
  }
}
