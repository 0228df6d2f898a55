import { StoreError } from '../../../pipeline/ports/failure.js'
import { withReason } from '../../failure-reasons.js'
import type { Answer } from '../answers/answer.js'
import type { Requests, S3Request } from '../http/s3-client.js'
import type { CustomerKey } from './sse-c-key.js'

/**
 * Reads with the customer-provided key, if there is one; if the server refuses, reads again without it, since the object may not be
 * encrypted with it. The second answer distinguishes a wrong key from missing permission, which servers answer alike.
 */
export function reading(requests: Requests, own: CustomerKey | undefined): (request: S3Request) => Promise<Answer> {
  if (own === undefined) {
    return (request) =>
      requests.send(request).catch((error: unknown) => {
        throw error instanceof StoreError && SEALED.test(error.failure.message) ? sealed(error, 'CustomerKeyMissing') : error
      })
  }
  return async (request) => {
    try {
      return await requests.send({ ...request, headers: [...(request.headers ?? []), ...own.headers] })
    } catch (error) {
      if (!isAnswered(error, 400) && !isAnswered(error, 403)) throw error
      return requests.send(request).catch((second: unknown) => {
        throw isAnswered(second, 400) ? sealed(second, 'CustomerKeyRefused') : second
      })
    }
  }
}

/** S3's message for an object that can't be read without its key; MinIO has the same one. */
const SEALED = /stored using a form of server side encryption/i

function isAnswered(error: unknown, status: number): error is StoreError {
  return error instanceof StoreError && error.failure.status === status
}

function sealed(error: StoreError, code: 'CustomerKeyMissing' | 'CustomerKeyRefused'): StoreError {
  return new StoreError(withReason({ ...error.failure, kind: 'permanent', code }), { cause: error })
}
