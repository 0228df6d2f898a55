import type { ReplaySubject } from 'rxjs'
import { openConnectionBook, type ConnectionBook } from '../../io/connections/connection-book.js'
import { ConfigurationError } from '../../io/connections/configuration-error.js'
import type { Connection } from '../../io/connection.js'
import { endpointProblem, plainEndpoint } from '../../io/connections/validate.js'
import { openLocalStore } from '../../io/local/store.js'
import type { OpenStore } from '../../io/open-store.js'
import type { CustomerKeys } from '../../io/s3/calls/sse-c-key.js'
import { ownDirectories } from '../../io/files/paths.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import { LISTERS } from '../../pipeline/sync.js'
import { streamsAtOnce } from '../../pipeline/run/memory-budget.js'
import type { AdviceContext } from '../../reporters/error-advice.js'
import type { RunOptions, SyncRequest } from '../args/request.js'
import { nearest } from '../args/did-you-mean.js'
import { customerKeyOf, type KeyFiles } from './sse-c-keys.js'
import { badInput, refused } from './cli-error.js'
import type { Surroundings } from './process-context.js'

/** One side of a run: a connection that is open. No request was sent yet. */
export interface Side {
  readonly store: OpenStore
  /** What advice may say of it. */
  readonly context: AdviceContext
}

/** Where both sides are. */
export function endpointsOf({ source, target }: { readonly source: Side; readonly target: Side }) {
  return { source: source.store.endpoint, target: target.store.endpoint }
}

/** Requests of a run beside its copies: listings, where to cut them, buckets. */
const OTHER_REQUESTS = 8 + 2 * LISTERS

/** The connections that can be named here. `tell`: for what a person should know of the file. */
export function openBook(s: Surroundings, tell: (message: string) => void): ConnectionBook {
  return openConnectionBook({ env: s.env, home: s.home, cwd: s.cwd, now: Date.now, onNotice: tell })
}

/** Opens what a location names: a connection, AWS with the default chain, or this machine's directories. */
export async function openLocation(
  side: 'source' | 'target',
  request: SyncRequest,
  book: ConnectionBook,
  notices: ReplaySubject<Notice>,
  s: Surroundings,
): Promise<Side> {
  const location = request[side]
  const { followLinks, keepTimes } = request
  switch (location.kind) {
    case 'local': {
      const links = { followLinks: followLinks && side === 'source', followLinksFrom: followLinks }
      const store = openLocalStore({ ...links, keepTimes, own: ownDirectories(s.env, s.home, s.cwd) })
      return { store, context: { endpoint: 'this machine' } }
    }
    case 'aws': {
      const aws = awsConnection(s, side === 'source' ? request.sourceProfile : request.targetProfile)
      return openSide(aws, request, notices, customerKeysOf(side, request, s))
    }
    case 'connection':
      return openSide(await findConnection(location.name, book), request, notices, customerKeysOf(side, request, s))
  }
}

/** A target that copies server-side needs the source's key as well. */
export function customerKeysOf(side: 'source' | 'target', options: KeyFiles, s: Surroundings): CustomerKeys {
  const own = customerKeyOf(side, options, s)
  return side === 'source' ? { own } : { own, source: customerKeyOf('source', options, s) }
}

/** AWS with the default credentials, or where the environment says it is. @throws {Refusal} where that is no endpoint */
export function awsConnection(s: Surroundings, profile?: string): Connection {
  const aws = { name: 's3', ...(profile === undefined ? {} : { profile }) }
  const variable = ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'].find((name) => s.env[name] !== undefined)
  if (variable === undefined) return aws
  const endpoint = s.env[variable] ?? ''
  const problem = endpoint === '' ? 'It is set, and empty.' : endpointProblem(endpoint)
  // Not the value itself: it may hold a password. Empty is no endpoint: what was meant for a server of one's own must not go to AWS.
  if (problem !== undefined) throw badInput(`${variable} can't be used. ${problem}`, 'Correct it, or unset it for AWS itself.')
  return { ...aws, endpoint: plainEndpoint(endpoint) }
}

/** Whether a side is this machine's directories. */
export function isDirectory({ store }: Side): boolean {
  return store.endpoint === 'file://'
}

/** @throws {Refusal} when there is none of that name, or it can't be used */
export async function findConnection(name: string, book: ConnectionBook): Promise<Connection> {
  const found = await configured(() => book.find(name))
  if (found !== undefined) return found
  const known = (await configured(() => book.list())).map((connection) => connection.name)
  const near = nearest(name, known)
  const add = `s3-sync connections add ${name}`
  const hint =
    near === undefined
      ? `Known: ${known.length === 0 ? 'none' : known.join(', ')}. Add it with: ${add}`
      : `Did you mean ${near}? Or add it with: ${add}`
  throw badInput(`There is no connection "${name}".`, hint)
}

/** What a person wrote into a file or a variable and can't be used, as the refusal of a command. */
export async function configured<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof ConfigurationError ? badInput(error.what, error.todo) : error
  }
}

/** Opens a side for a run of so many workers, in so much memory. */
export async function openSide(
  connection: Connection,
  { workers, maxMemory }: Pick<RunOptions, 'workers' | 'maxMemory'>,
  notices: ReplaySubject<Notice>,
  customerKeys: CustomerKeys,
): Promise<Side> {
  const context = contextOf(connection)
  try {
    const { openStore } = await import('../../io/s3/store.js')
    const onNotice = (code: string, message: string): void => {
      notices.next({ code, message: `${connection.name}: ${message}` })
    }
    return {
      store: await openStore(connection, {
        sockets: workers + streamsAtOnce(maxMemory) + OTHER_REQUESTS,
        onNotice,
        customerKeys,
      }),
      context,
    }
  } catch (error) {
    if (error instanceof StoreError) throw refused(error.failure, context)
    throw error
  }
}

export function contextOf({ name, endpoint }: Connection): AdviceContext {
  return { connection: name, endpoint: endpoint ?? 'AWS' }
}
