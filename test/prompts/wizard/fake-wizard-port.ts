import { StoreError, type Failure } from '../../../src/pipeline/ports/failure.js'
import type { Tally } from '../../../src/pipeline/events/values.js'
import type {
  BucketAnswer,
  BucketsAnswer,
  ConnectionDraft,
  ConnectionRef,
  ConnectionSummary,
  Dependency,
  Field,
  GuidedWorld,
  Unfinished,
} from '../../../src/prompts/wizard/wizard-port.js'

/** One S3 endpoint as the guided flow sees it. */
export interface FakeEndpoint {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly buckets: Readonly<Record<string, Tally>>
  /** ListBuckets is denied. */
  readonly mayNotList?: boolean
}

export const SECRET = 'secret-of-the-tests'

/** An endpoint with buckets named so, of 100 objects and 1 KiB each. */
export function endpointWith(...names: string[]): FakeEndpoint {
  return {
    accessKeyId: 'KEY',
    secretAccessKey: SECRET,
    buckets: Object.fromEntries(names.map((name) => [name, { objects: 100, bytes: 1024 }])),
  }
}

/** A world of endpoints by URL, and of kept connections. */
export class FakeWorld implements GuidedWorld {
  readonly kept = new Map<string, ConnectionDraft>()
  /** Connections of the environment can't be edited. */
  readonly fixed = new Set<string>()
  /** Connections that were tried, in order. */
  readonly tried: ConnectionRef[] = []

  /** A run of any buckets that did not finish. */
  left: Unfinished | undefined

  constructor(
    private readonly endpoints: Readonly<Record<string, FakeEndpoint>>,
    kept: readonly ConnectionDraft[] = [],
  ) {
    for (const draft of kept) this.kept.set(draft.name, draft)
  }

  dependencies = (): Promise<readonly Dependency[]> => Promise.resolve([{ name: 'Node.js', ok: true, detail: '20.0.0' }])

  connections = (): Promise<readonly ConnectionSummary[]> =>
    Promise.resolve(
      [...this.kept.values()].map(({ name, endpoint }) => ({
        name,
        editable: !this.fixed.has(name),
        ...(endpoint !== undefined && { endpoint }),
      })),
    )

  draft = (name: string): Promise<ConnectionDraft | undefined> => Promise.resolve(this.kept.get(name))

  save = (draft: ConnectionDraft): Promise<void> => {
    this.kept.set(draft.name, draft)
    return Promise.resolve()
  }

  check = (field: Field, value: string): string | undefined => {
    if (field === 'endpoint' && !/^https?:\/\/[^/]+$/.test(value)) return 'An endpoint looks like https://host:9000.'
    if (field === 'bucket' && value.includes('/')) return 'A bucket name holds no slash.'
    if (field !== 'endpoint' && value.includes(' ')) return `A ${field} holds no blank.`
    return undefined
  }

  naming = (ref: ConnectionRef, bucket: string) => {
    const { endpoint } = (typeof ref === 'string' ? this.kept.get(ref) : ref) ?? {}
    const isGood = /^[a-z0-9-]+$/.test(bucket)
    return Promise.resolve(isGood ? undefined : { why: `A bucket can’t be called "${bucket}".`, isAws: endpoint === undefined })
  }

  buckets = (ref: ConnectionRef): Promise<BucketsAnswer> => {
    this.tried.push(ref)
    const endpoint = this.reach(ref)
    if ('kind' in endpoint) return Promise.resolve({ kind: 'failed', failure: endpoint })
    if (endpoint.mayNotList === true) return Promise.resolve({ kind: 'denied', failure: failure('AccessDenied', 'ListBuckets') })
    return Promise.resolve({ kind: 'listed', names: Object.keys(endpoint.buckets) })
  }

  bucket = (ref: ConnectionRef, bucket: string): Promise<BucketAnswer> => {
    const endpoint = this.reach(ref)
    if ('kind' in endpoint) return Promise.resolve({ kind: 'failed', failure: endpoint })
    if (bucket === 'forbidden') return Promise.resolve({ kind: 'failed', failure: failure('AccessDenied', 'HeadBucket') })
    return Promise.resolve({ kind: bucket in endpoint.buckets ? 'exists' : 'missing' })
  }

  unfinished = (): Promise<Unfinished | undefined> => Promise.resolve(this.left)

  async *count(connection: string, bucket: string, signal: AbortSignal): AsyncIterable<Tally> {
    const endpoint = this.reach(connection)
    const whole = 'kind' in endpoint ? undefined : endpoint.buckets[bucket]
    if (whole === undefined) throw new StoreError(failure('AccessDenied', 'ListObjectsV2'))
    yield { objects: Math.ceil(whole.objects / 2), bytes: Math.ceil(whole.bytes / 2) }
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw new StoreError(failure('Aborted', 'ListObjectsV2'))
    yield whole
  }

  private reach(ref: ConnectionRef): FakeEndpoint | Failure {
    const draft = typeof ref === 'string' ? this.kept.get(ref) : ref
    const endpoint = this.endpoints[draft?.endpoint ?? 'aws']
    if (endpoint === undefined) return failure('ConnectionRefused', 'ListBuckets')
    if (draft?.accessKeyId !== endpoint.accessKeyId) return failure('InvalidAccessKeyId', 'ListBuckets')
    if (draft.secretAccessKey !== endpoint.secretAccessKey) return failure('SignatureDoesNotMatch', 'ListBuckets')
    return endpoint
  }
}

function failure(code: string, operation: string): Failure {
  return { kind: 'fatal', operation, code, message: `${code} of the fake` }
}
