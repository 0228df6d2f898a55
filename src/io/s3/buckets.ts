import { StoreError } from '../../pipeline/errors.js'
import type { ObjectStore } from '../../pipeline/ports.js'
import type { Rare } from './rare-calls.js'
import type { Requests } from './requests.js'

function wantsLocation(error: unknown): boolean {
  return error instanceof StoreError && error.failure.code.includes('LocationConstraint')
}

/** Asking for and making buckets; see {@link ObjectStore}. `onAws`: there a new bucket's region is always spelt out. */
export function bucketCalls(requests: Requests, rare: Rare, onAws: boolean): Pick<ObjectStore, 'headBucket' | 'createBucket'> {
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

    async createBucket({ bucket, signal }) {
      const { createBucket } = await rare()
      try {
        await createBucket({ bucket, spelt: onAws, signal }).catch((error: unknown) => {
          if (onAws || !wantsLocation(error)) throw error
          return createBucket({ bucket, spelt: true, signal })
        })
        return 'created'
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (error.failure.code === 'BucketAlreadyOwnedByYou') return 'existed'
        // Some servers (Ceph RGW) say the same of one's own bucket: whoever may look into it, it is no one else's.
        if (error.failure.code === 'BucketAlreadyExists' && (await mayLook(bucket, signal))) return 'existed'
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
