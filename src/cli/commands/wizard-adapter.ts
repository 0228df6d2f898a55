import type { ConnectionBook } from '../../io/connections/connection-book.js'
import type { Connection } from '../../io/connection.js'
import { bucketProblem, namingProblem } from '../../io/connections/bucket-names.js'
import { endpointProblem, nameProblem, plainEndpoint, regionProblem } from '../../io/connections/validate.js'
import { AWS, isAws } from '../../io/s3/http/endpoint-address.js'
import type { S3Store } from '../../io/s3/store.js'
import { statePaths } from '../../io/files/paths.js'
import { type Failure, type FailureReason, StoreError } from '../../pipeline/ports/failure.js'
import { PageProgress } from '../../pipeline/ports/page-progress.js'
import { Cancelled } from '../../prompts/cancelled.js'
import type {
  BucketCheckResult,
  ListBucketsResult,
  ConnectionRef,
  CheckedField,
  WizardPort,
} from '../../prompts/wizard/wizard-port.js'
import { atEndpointOfProfile, findConnection, withConfigurationErrors } from '../run/open-endpoints.js'
import { wholeBucket } from '../run/resolve-pairs.js'
import type { ProcessContext } from '../run/process-context.js'
import { findUnfinishedRun } from './find-unfinished.js'

/** One request at a time needs few sockets. */
const SOCKETS = 4

const LISTING_REFUSED: ReadonlySet<FailureReason | undefined> = new Set<FailureReason>([
  'denied',
  'not-allowed',
  'not-implemented',
])

/** Whether a refusal only means that buckets cannot be listed: a bucket entered by name may still work. A wrong key is refused for good. */
function isOnlyListing({ kind, reason }: Failure): boolean {
  return kind !== 'fatal' && LISTING_REFUSED.has(reason)
}

const PROBLEMS: Readonly<Record<CheckedField, (value: string) => string | undefined>> = {
  name: nameProblem,
  endpoint: endpointProblem,
  region: regionProblem,
  bucket: bucketProblem,
}

/** Implements the wizard's port with saved connections and requests to the endpoints. */
export function wizardAdapter(book: ConnectionBook, proc: ProcessContext): WizardPort {
  const signal = proc.interrupted

  const connectionOf = async (ref: ConnectionRef): Promise<Connection> =>
    typeof ref === 'string' ? findConnection(ref, book, proc.env) : atEndpointOfProfile(ref, proc.env)

  /** Sends a request to an endpoint. Ctrl+C throws {@link Cancelled}; any other failure is returned. */
  const ask = async <T>(
    ref: ConnectionRef,
    request: (store: S3Store) => Promise<T>,
  ): Promise<T | { kind: 'failed'; failure: StoreError['failure'] }> => {
    let store: S3Store | undefined
    try {
      const { openStore } = await import('../../io/s3/store.js')
      store = await openStore(await connectionOf(ref), { sockets: SOCKETS })
      return await request(store)
    } catch (error) {
      if (signal.aborted) throw new Cancelled()
      if (error instanceof StoreError) return { kind: 'failed', failure: error.failure }
      throw error
    } finally {
      store?.close()
    }
  }

  return {
    dependencies: () => Promise.resolve([{ name: 'Node.js', ok: true, detail: process.versions.node }]),

    async listConnections() {
      const listed = await book.list()
      return listed.map(({ name, endpoint, origin }) => ({ name, ...(endpoint && { endpoint }), editable: origin === 'saved' }))
    },

    savedDraft: (name) => withConfigurationErrors(() => book.find(name)),

    saveConnection: (draft) =>
      withConfigurationErrors(() =>
        book.save([draft.endpoint === undefined ? draft : { ...draft, endpoint: plainEndpoint(draft.endpoint) }]),
      ),

    fieldProblem: (field, value) => PROBLEMS[field](value),

    async bucketNameProblem(ref, bucket) {
      const why = namingProblem(bucket)
      return why === undefined ? undefined : { why, isAws: isAws((await connectionOf(ref)).endpoint) }
    },

    async listBuckets(ref): Promise<ListBucketsResult> {
      const answer = await ask(ref, async (store) => ({ kind: 'listed' as const, names: await store.listBuckets({ signal }) }))
      if (answer.kind !== 'failed' || !isOnlyListing(answer.failure)) return answer
      return { kind: 'denied', failure: answer.failure }
    },

    checkBucket: (ref, bucket): Promise<BucketCheckResult> =>
      ask(ref, async (store) => ({ kind: await store.headBucket({ bucket, signal }) })),

    async findUnfinishedRun(source, target, names) {
      const endpointOf = async (name: string): Promise<string> => (await findConnection(name, book, proc.env)).endpoint ?? AWS
      const endpoints = { source: await endpointOf(source), target: await endpointOf(target) }
      const pairs = names.map((pair) => ({ source: wholeBucket(pair.source), target: wholeBucket(pair.target) }))
      const record = await findUnfinishedRun(statePaths(proc.env, proc.home).runs, { endpoints, pairs })
      return record && { run: record.summary.run, startedAt: record.summary.startedAt, remaining: record.journal.left }
    },

    async *countObjects(name, bucket, stop) {
      const { openStore } = await import('../../io/s3/store.js')
      const store = await openStore(await findConnection(name, book, proc.env), { sockets: SOCKETS })
      try {
        let [objects, bytes] = [0, 0]
        const progress = new PageProgress('ListObjectsV2')
        let token: string | undefined
        do {
          const page = await store.listPage({ bucket, prefix: '', signal: stop, ...(token === undefined ? {} : { token }) })
          objects += page.entries.length
          for (const { size } of page.entries) bytes += size
          yield { objects, bytes }
          progress.check(page)
          token = page.next
        } while (token !== undefined)
      } finally {
        store.close()
      }
    },
  }
}
