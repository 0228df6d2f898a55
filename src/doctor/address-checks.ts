import { isIP } from 'node:net'
import { headerOf } from '../io/s3/answers/answer.js'
import { openLine } from '../io/s3/http/connect.js'
import { queryOf } from '../io/s3/http/sigv4.js'
import type { CheckContext } from './check-context.js'
import { outcomeOf, failureText, resultOf, type CheckResult, no, unknown, yes } from './verdict.js'

/** The region that the server reports for the bucket, else the region that requests are signed with. */
export async function checkRegion(context: CheckContext): Promise<CheckResult> {
  const { bucket, signal, requests } = context
  const asked = { operation: 'HeadBucket', method: 'HEAD', bucket, signal, gather: 0 } as const
  const { headers } = await requests.send(asked)
  const fromHeader = headerOf(headers, 'x-amz-bucket-region')
  if (fromHeader !== undefined) return yes(fromHeader)
  const located = await outcomeOf(() => context.calls.location({ bucket, signal }))
  if ('ok' in located) return yes(located.ok === '' ? 'us-east-1' : located.ok)
  return unknown(`unknown (${failureText(located.failure)}); signed for ${requests.homeRegion}`)
}

/** Lists the bucket with its name in the path, or in the host name. */
export async function checkAddressing(context: CheckContext, pathStyle: boolean): Promise<CheckResult> {
  const { connection, bucket, signal } = context
  const host = new URL(connection.endpoint ?? 'https://s3.amazonaws.com').hostname
  if (!pathStyle && isIP(host.replace(/^\[|\]$/g, '')) !== 0) return unknown('the endpoint is an address, not a name')
  const line = await openLine({ ...connection, pathStyle }, { sockets: 1, timeouts: { connectMs: 5_000, quietMs: 5_000 } })
  try {
    const operation = 'ListObjectsV2'
    const query = queryOf({ 'list-type': 2, 'max-keys': 1 })
    const answered = await outcomeOf(() =>
      line.requests.send({ operation, method: 'GET', bucket, query, signal, gather: 65_536 }),
    )
    if ('ok' in answered) return yes(pathStyle ? `${host}/BUCKET` : `BUCKET.${host}`)
    // A host name that does not resolve or has no valid certificate also answers this question.
    const { code, status } = answered.failure
    return status === undefined && code !== 'FirstByteTimeout' ? no(failureText(answered.failure)) : resultOf(answered.failure)
  } finally {
    line.close()
  }
}
