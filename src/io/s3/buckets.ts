import { CreateBucketCommand, HeadBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3'
import type { CreateBucketCommandInput, CreateBucketCommandOutput } from '@aws-sdk/client-s3'
import type { SerializeMiddleware } from '@smithy/types'
import { StoreError } from '../../pipeline/errors.js'
import type { Cancellable, ObjectStore } from '../../pipeline/ports.js'
import type { Calls } from './calls.js'
import { ownFailure } from './failures.js'

type BucketCalls = Pick<ObjectStore, 'headBucket' | 'createBucket'> & {
  /** All that the login may see, in the server's order. */
  listBuckets(request: Cancellable): Promise<readonly string[]>
}

/** The SDK adds the region as LocationConstraint, which is AWS's own; elsewhere a region is often a mere word for the signature. */
const withoutLocation: SerializeMiddleware<CreateBucketCommandInput, CreateBucketCommandOutput> = (next) => (args) =>
  next({ ...args, input: { ...args.input, CreateBucketConfiguration: undefined } })

function malformed(what: string): StoreError {
  return new StoreError(ownFailure('ListBuckets', 'MalformedListing', `the server answered with ${what}`, 'permanent'))
}

function wantsLocation(error: unknown): boolean {
  return error instanceof StoreError && error.failure.code.includes('LocationConstraint')
}

/** Asking for and making buckets; see {@link ObjectStore}. `onAws`: there a new bucket's region is always spelt out. */
export function bucketCalls(calls: Calls, onAws: boolean): BucketCalls {
  return {
    async headBucket({ bucket, signal }) {
      try {
        await calls.ask('HeadBucket', bucket, signal, (client, options) =>
          client.send(new HeadBucketCommand({ Bucket: bucket }), options),
        )
        return 'exists'
      } catch (error) {
        if (error instanceof StoreError && error.failure.status === 404) return 'missing'
        throw error
      }
    },

    async createBucket({ bucket, signal }) {
      const create = (spelt: boolean) => {
        const command = new CreateBucketCommand({ Bucket: bucket })
        if (!spelt) command.middlewareStack.add(withoutLocation, { step: 'serialize', priority: 'high', name: 'withoutLocation' })
        return calls.ask('CreateBucket', bucket, signal, (client, options) => client.send(command, options))
      }
      try {
        await create(onAws).catch((error: unknown) => {
          if (onAws || !wantsLocation(error)) throw error
          return create(true)
        })
        return 'created'
      } catch (error) {
        if (!(error instanceof StoreError)) throw error
        if (error.failure.code === 'BucketAlreadyOwnedByYou') return 'existed'
        // Some servers (Ceph RGW) say the same of one's own bucket: whoever may look into it, it is no one else's.
        if (error.failure.code === 'BucketAlreadyExists' && (await isOurs(bucket, signal))) return 'existed'
        throw error
      }
    },

    async listBuckets({ signal }) {
      const names: string[] = []
      let token: string | undefined
      do {
        const command = new ListBucketsCommand({ ContinuationToken: token })
        const answer = await calls.ask('ListBuckets', undefined, signal, (client, options) => client.send(command, options))
        // The SDK reads a page of HTML as an answer without Buckets; where there are none, the element is there all the same.
        if (answer.Buckets === undefined) throw malformed('something that is no list of buckets')
        names.push(...answer.Buckets.flatMap(({ Name }) => Name ?? []))
        if (token !== undefined && answer.ContinuationToken === token) throw malformed('a page that names itself as the next')
        token = answer.ContinuationToken
      } while (token !== undefined && token !== '')
      return names
    },
  }

  async function isOurs(bucket: string, signal: AbortSignal): Promise<boolean> {
    const command = new HeadBucketCommand({ Bucket: bucket })
    return calls
      .ask('HeadBucket', bucket, signal, (client, options) => client.send(command, options))
      .then(
        () => true,
        () => false,
      )
  }
}
