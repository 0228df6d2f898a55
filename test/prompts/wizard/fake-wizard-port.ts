import { StoreError, type Failure } from '../../../src/pipeline/ports/failure.js'
import type { Tally } from '../../../src/pipeline/events/values.js'
import type {
  BucketCheckResult,
  ListBucketsResult,
  ConnectionDraft,
  ConnectionRef,
  ConnectionSummary,
  Dependency,
  CheckedField,
  WizardPort,
  UnfinishedRun,
} from '../../../src/prompts/wizard/wizard-port.js'

/** One S3 endpoint as the wizard sees it. */
export interface FakeEndpoint {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly buckets: Readonly<Record<string, Tally>>
  /** ListBuckets is denied. */
  readonly mayNotList?: boolean
}

export const SECRET = 'secret-of-the-tests'

/** An endpoint with these buckets, of 100 objects and 1 KiB each. */
export function endpointWith(...names: string[]): FakeEndpoint {
  return {
    accessKeyId: 'KEY',
    secretAccessKey: SECRET,
    buckets: Object.fromEntries(names.map((name) => [name, { objects: 100, bytes: 1024 }])),
  }
}

/** Endpoints by URL, and saved connections. */
export class FakeWizardPort implements WizardPort {
  readonly saved = new Map<string, ConnectionDraft>()
  /** Connections of the environment can't be edited. */
  readonly fromEnvironment = new Set<string>()
  /** Connections that were tried, in order. */
  readonly loginAttempts: ConnectionRef[] = []

  /** A run that did not finish, whatever its buckets. */
  unfinishedRun: UnfinishedRun | undefined

  constructor(
    private readonly endpoints: Readonly<Record<string, FakeEndpoint>>,
    saved: readonly ConnectionDraft[] = [],
  ) {
    for (const draft of saved) this.saved.set(draft.name, draft)
  }

  dependencies = (): Promise<readonly Dependency[]> => Promise.resolve([{ name: 'Node.js', ok: true, detail: '20.0.0' }])

  listConnections = (): Promise<readonly ConnectionSummary[]> =>
    Promise.resolve(
      [...this.saved.values()].map(({ name, endpoint }) => ({
        name,
        editable: !this.fromEnvironment.has(name),
        ...(endpoint !== undefined && { endpoint }),
      })),
    )

  savedDraft = (name: string): Promise<ConnectionDraft | undefined> => Promise.resolve(this.saved.get(name))

  saveConnection = (draft: ConnectionDraft): Promise<void> => {
    this.saved.set(draft.name, draft)
    return Promise.resolve()
  }

  fieldProblem = (field: CheckedField, value: string): string | undefined => {
    if (field === 'endpoint' && !/^https?:\/\/[^/]+$/.test(value)) return 'An endpoint looks like https://host:9000.'
    if (field === 'bucket' && value.includes('/')) return 'A bucket name holds no slash.'
    if (field !== 'endpoint' && value.includes(' ')) return `A ${field} holds no blank.`
    return undefined
  }

  bucketNameProblem = (ref: ConnectionRef, bucket: string) => {
    const { endpoint } = (typeof ref === 'string' ? this.saved.get(ref) : ref) ?? {}
    const isGood = /^[a-z0-9-]+$/.test(bucket)
    return Promise.resolve(isGood ? undefined : { why: `A bucket can’t be called "${bucket}".`, isAws: endpoint === undefined })
  }

  listBuckets = (ref: ConnectionRef): Promise<ListBucketsResult> => {
    this.loginAttempts.push(ref)
    const endpoint = this.endpointOf(ref)
    if ('kind' in endpoint) return Promise.resolve({ kind: 'failed', failure: endpoint })
    if (endpoint.mayNotList === true) return Promise.resolve({ kind: 'denied', failure: failure('AccessDenied', 'ListBuckets') })
    return Promise.resolve({ kind: 'listed', names: Object.keys(endpoint.buckets) })
  }

  checkBucket = (ref: ConnectionRef, bucket: string): Promise<BucketCheckResult> => {
    const endpoint = this.endpointOf(ref)
    if ('kind' in endpoint) return Promise.resolve({ kind: 'failed', failure: endpoint })
    if (bucket === 'forbidden') return Promise.resolve({ kind: 'failed', failure: failure('AccessDenied', 'HeadBucket') })
    return Promise.resolve({ kind: bucket in endpoint.buckets ? 'exists' : 'missing' })
  }

  findUnfinishedRun = (): Promise<UnfinishedRun | undefined> => Promise.resolve(this.unfinishedRun)

  async *countObjects(connection: string, bucket: string, signal: AbortSignal): AsyncIterable<Tally> {
    const endpoint = this.endpointOf(connection)
    const whole = 'kind' in endpoint ? undefined : endpoint.buckets[bucket]
    if (whole === undefined) throw new StoreError(failure('AccessDenied', 'ListObjectsV2'))
    yield { objects: Math.ceil(whole.objects / 2), bytes: Math.ceil(whole.bytes / 2) }
    await new Promise((resolve) => setImmediate(resolve))
    if (signal.aborted) throw new StoreError(failure('Aborted', 'ListObjectsV2'))
    yield whole
  }

  private endpointOf(ref: ConnectionRef): FakeEndpoint | Failure {
    const draft = typeof ref === 'string' ? this.saved.get(ref) : ref
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
