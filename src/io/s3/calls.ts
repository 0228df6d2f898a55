import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3'
import { StoreError } from '../../pipeline/errors.js'
import type { Clients } from './client.js'
import { regionIn } from './errors.js'
import { type Timeouts, Watch } from './watch.js'

/** What the SDK's `send` takes beside the command. */
export interface SendOptions {
  readonly abortSignal: AbortSignal
}
type Send<T> = (client: S3Client, options: SendOptions) => Promise<T>

/** Answers that say the bucket is in another region than the request was signed for. */
const ELSEWHERE = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'TemporaryRedirect',
])
/** Alibaba Cloud OSS: "Please use virtual hosted style to access". */
const PATH_STYLE_REFUSED = 'SecondLevelDomainForbidden'
/** A region and a style of address may have to be learned: more is a server that sends one round in circles. */
const LESSONS = 3

/** Makes the requests of a store: each with its watch, to the bucket's own region. What a refusal teaches is kept for all that follow. */
export class Calls {
  private readonly regions = new Map<string, string>()

  constructor(
    private readonly clients: Clients,
    readonly timeouts: Timeouts,
  ) {}

  /** One request and its whole answer. `bucket` is undefined for requests that are about none. `waitMs`: for an answer that takes longer than others. */
  async ask<T>(
    operation: string,
    bucket: string | undefined,
    signal: AbortSignal,
    send: Send<T>,
    waitMs = this.timeouts.firstByteMs,
  ): Promise<T> {
    const watch = new Watch(operation, signal)
    try {
      return await this.send(watch, bucket, send, waitMs)
    } finally {
      watch.end()
    }
  }

  /** One request under a watch that the caller ends. Repeated when a refusal taught how to ask. */
  async send<T>(watch: Watch, bucket: string | undefined, send: Send<T>, waitMs = this.timeouts.firstByteMs): Promise<T> {
    for (let lessons = 0; ; lessons++) {
      try {
        return await this.once(watch, bucket, send, waitMs)
      } catch (thrown) {
        const error = watch.reason(thrown)
        const learned = bucket !== undefined && lessons < LESSONS && (await this.learn(watch, bucket, error))
        if (!learned) throw error
      }
    }
  }

  /** As {@link send}, for a body that can be read only once: when a refusal taught something, the pipeline's next attempt will go well. */
  async sendOnce<T>(watch: Watch, bucket: string, send: Send<T>): Promise<T> {
    try {
      return await send(this.clients.in(this.regionOf(bucket)), { abortSignal: watch.signal })
    } catch (thrown) {
      const error = watch.reason(thrown)
      throw (await this.learn(watch, bucket, error))
        ? new StoreError({ ...error.failure, kind: 'transient' }, { cause: thrown })
        : error
    }
  }

  regionOf(bucket: string | undefined): string {
    return (bucket === undefined ? undefined : this.regions.get(bucket)) ?? this.clients.homeRegion
  }

  private async once<T>(watch: Watch, bucket: string | undefined, send: Send<T>, waitMs: number): Promise<T> {
    watch.expect(waitMs, 'FirstByteTimeout')
    try {
      return await send(this.clients.in(this.regionOf(bucket)), { abortSignal: watch.signal })
    } finally {
      watch.rest()
    }
  }

  /** Whether the same request, sent again, will be sent differently. */
  private async learn(watch: Watch, bucket: string, { failure, cause }: StoreError): Promise<boolean> {
    if (watch.signal.aborted) return false
    if (failure.code === PATH_STYLE_REFUSED) return this.clients.leavePathStyle()
    const told = regionIn(cause)
    if (told !== undefined) return this.note(bucket, told)
    if (!ELSEWHERE.has(failure.code) || watch.operation === 'HeadBucket') return false
    const head = (client: S3Client, options: SendOptions) => client.send(new HeadBucketCommand({ Bucket: bucket }), options)
    const asked = await this.once(watch, bucket, head, this.timeouts.firstByteMs).then(
      (answer) => answer.BucketRegion,
      (thrown: unknown) => regionIn(thrown),
    )
    return asked !== undefined && this.note(bucket, asked)
  }

  private note(bucket: string, region: string): boolean {
    const known = this.regionOf(bucket)
    this.regions.set(bucket, region)
    return region !== known
  }
}
