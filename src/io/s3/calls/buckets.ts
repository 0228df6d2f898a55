import { StoreError } from '../../../pipeline/ports/failure.js'
import type { ObjectStore } from '../../../pipeline/ports/object-store.js'
import type { Requests, S3Request } from '../http/s3-client.js'
import { EXISTS_PERHAPS_OURS } from '../quirks.js'

function wantsLocation(error: unknown): boolean {
  return error instanceof StoreError && error.failure.code.includes('LocationConstraint')
}

/** Longest answer without content, bytes. */
const SHORT = 64 * 1024

/** The region in the request's body. Only us-east-1 must be omitted (S3 API reference, CreateBucket). */
function location(region: string): Pick<S3Request, 'body' | 'hashed'> {
  if (region === 'us-east-1') return {}
  const constraint = `<LocationConstraint>${region}</LocationConstraint>`
  const xml = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${constraint}</CreateBucketConfiguration>`
  return { body: Buffer.from(xml), hashed: true }
}

/** Checking and creating buckets; see {@link ObjectStore}. `onAws`: the request always names the region of a new bucket. */
export function bucketCalls(requests: Requests, onAws: boolean): Pick<ObjectStore, 'headBucket' | 'createBucket'> {
  const headBucket: ObjectStore['headBucket'] = async ({ bucket, signal }) => {
    try {
      await requests.send({ operation: 'HeadBucket', method: 'HEAD', bucket, signal, gather: 0 })
      return 'exists'
    } catch (error) {
      if (error instanceof StoreError && error.failure.status === 404) return 'missing'
      throw error
    }
  }

  return {
    headBucket,

    async createBucket({ bucket, locks = false, signal }) {
      const headers = locks ? ['x-amz-bucket-object-lock-enabled', 'true'] : []
      const create = (spelt: boolean) =>
        requests.send({
          ...{ operation: 'CreateBucket', method: 'PUT', bucket, headers, signal, gather: SHORT },
          ...(spelt ? location(requests.homeRegion) : {}),
        })
      try {
        await create(onAws).catch((error: unknown) => {
          if (onAws || !wantsLocation(error)) throw error
          return create(true)
        })
        return 'created'
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (error.failure.code === 'BucketAlreadyOwnedByYou') return 'existed'
        if (error.failure.code === EXISTS_PERHAPS_OURS && (await mayLook(bucket, signal))) return 'existed'
        throw error
      }
    },
  }

  function mayLook(bucket: string, signal: AbortSignal): Promise<boolean> {
    return headBucket({ bucket, signal }).then(
      (found) => found === 'exists',
      () => false,
    )
  }
}
