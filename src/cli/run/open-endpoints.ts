import type { ReplaySubject } from 'rxjs'
import { openConnectionBook, type ConnectionBook, type Listed } from '../../io/connections/connection-book.js'
import { ConfigurationError } from '../../io/connections/configuration-error.js'
import { sameName } from '../../io/connections/environment.js'
import type { Connection } from '../../io/connection.js'
import { openLocalStore } from '../../io/local/store.js'
import type { OpenStore } from '../../io/open-store.js'
import type { CustomerKeys } from '../../io/s3/calls/sse-c-key.js'
import { ownDirectories } from '../../io/files/paths.js'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { Notice } from '../../pipeline/run/run-context.js'
import { LISTERS } from '../../pipeline/sync.js'
import { streamsAtOnce } from '../../pipeline/run/memory-budget.js'
import { type AdviceContext, AWS_SETTINGS } from '../../reporters/error-advice.js'
import type { RunOptions, SyncRequest } from '../args/request.js'
import { exceptForCase, nearestWord } from '../args/did-you-mean.js'
import { customerKeyOf, type CustomerKeyFiles } from './sse-c-keys.js'
import { badInput, endpointError } from './cli-error.js'
import type { ProcessContext } from './process-context.js'
import { PROGRAM } from '../../io/program-name.js'

/** The open source or target of a run. Opening sends no request. */
export interface OpenSide {
  readonly store: OpenStore
  /** For error advice. */
  readonly context: AdviceContext
}

/** The endpoints of source and target. */
export function endpointsOf({ source, target }: { readonly source: OpenSide; readonly target: OpenSide }) {
  return { source: source.store.endpoint, target: target.store.endpoint }
}

/** Requests of a run besides its copies: listings, range splits, buckets. */
const OTHER_REQUESTS = 8 + 2 * LISTERS

/** The connections of this user and environment. `onNotice`: gets warnings about the file. */
export function openConnections(proc: ProcessContext, onNotice: (message: string) => void): ConnectionBook {
  return openConnectionBook({ env: proc.env, home: proc.home, cwd: proc.cwd, now: Date.now, onNotice })
}

/** Opens the endpoint of a location: a connection, AWS with the default credentials, or local directories. */
export async function openLocation(
  side: 'source' | 'target',
  request: SyncRequest,
  book: ConnectionBook,
  notices: ReplaySubject<Notice>,
  proc: ProcessContext,
): Promise<OpenSide> {
  const location = request[side]
  const { followLinks, keepTimes } = request
  switch (location.kind) {
    case 'local': {
      const links = { followLinks: followLinks && side === 'source', followLinksFrom: followLinks }
      const store = openLocalStore({ ...links, keepTimes, own: ownDirectories(proc.env, proc.home, proc.cwd) })
      return { store, context: { endpoint: 'this machine' } }
    }
    case 'aws': {
      const aws = await awsConnection(proc, side === 'source' ? request.sourceProfile : request.targetProfile)
      return openSide(aws, request, notices, customerKeysOf(side, request, proc))
    }
    case 'connection':
      return openSide(await findConnection(location.name, book, proc.env), request, notices, customerKeysOf(side, request, proc))
  }
}

/** The SSE-C keys of a side. The target also needs the source's key for server-side copies. */
export function customerKeysOf(side: 'source' | 'target', options: CustomerKeyFiles, proc: ProcessContext): CustomerKeys {
  const own = customerKeyOf(side, options, proc)
  return side === 'source' ? { own } : { own, source: customerKeyOf('source', options, proc) }
}

/** AWS with the default credentials, at the endpoint of its settings if they name one. @throws {CliError} if that is invalid */
export async function awsConnection({ env }: ProcessContext, profile?: string): Promise<Connection> {
  const aws = { name: AWS_SETTINGS, ...(profile === undefined ? {} : { profile }) }
  return atEndpoint(aws, env, 'environment and profile')
}

/** An endpoint of its own is never replaced; the environment's is for `s3://` only (cli.md, "Environment"). */
async function atEndpoint(
  connection: Connection,
  env: ProcessContext['env'],
  from: 'environment and profile' | 'profile',
): Promise<Connection> {
  const { configuredEndpoint } = await import('../../io/s3/http/configured-endpoint.js')
  const endpoint = await withConfigurationErrors(() => configuredEndpoint(connection, env, from))
  return endpoint === undefined ? connection : { ...connection, endpoint }
}

/** Whether a side is a local directory. */
export function isLocalSide({ store }: OpenSide): boolean {
  return store.endpoint === 'file://'
}

/**
 * A connection by its name, as {@link atEndpointOfProfile} makes it.
 * @throws {CliError} if there is no such connection, or it can't be used
 */
export async function findConnection(name: string, book: ConnectionBook, env: ProcessContext['env']): Promise<Connection> {
  return atEndpointOfProfile(await findSaved(name, book), env)
}

/** A connection, ready to be opened: at the endpoint of its profile if it has none of its own. @throws {CliError} if that is invalid */
export async function atEndpointOfProfile(connection: Connection, env: ProcessContext['env']): Promise<Connection> {
  const { endpoint, profile } = connection
  return endpoint === undefined && profile !== undefined ? atEndpoint(connection, env, 'profile') : connection
}

async function findSaved(name: string, book: ConnectionBook): Promise<Connection> {
  const found = await withConfigurationErrors(() => book.find(name))
  if (found !== undefined) return found
  const known = (await withConfigurationErrors(() => book.list())).map((connection) => connection.name)
  const inOtherCase = exceptForCase(name, known)
  if (inOtherCase.length > 0)
    throw badInput(
      `There is no connection "${name}".`,
      `Did you mean ${inOtherCase.join(' or ')}? Names of saved connections are case-sensitive.`,
    )
  const near = nearestWord(name, known)
  const add = `${PROGRAM} connections add ${name}`
  const hint =
    near === undefined
      ? `Known: ${known.length === 0 ? 'none' : known.join(', ')}. Add it with: ${add}`
      : `Did you mean ${near}? Or add it with: ${add}`
  throw badInput(`There is no connection "${name}".`, hint)
}

/**
 * A connection as it is listed. One of the environment is found in any case.
 * @throws {CliError} if there is no such connection, or it can't be used
 */
export async function findListed(name: string, book: ConnectionBook): Promise<Listed> {
  await findSaved(name, book)
  const all = await withConfigurationErrors(() => book.list())
  const found =
    all.find((listed) => listed.name === name) ??
    all.find((listed) => listed.origin === 'environment' && sameName(listed.name, name))
  if (found === undefined) throw new Error(`${name} was found and is not listed`)
  return found
}

/** Turns errors in the connection file or in variables into a {@link CliError}. */
export async function withConfigurationErrors<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw error instanceof ConfigurationError ? badInput(error.what, error.todo) : error
  }
}

/** Opens a connection with sockets for this many workers and this much memory. */
export async function openSide(
  connection: Connection,
  { workers, maxMemory, timeoutMs }: Pick<RunOptions, 'workers' | 'maxMemory' | 'timeoutMs'>,
  notices: ReplaySubject<Notice>,
  customerKeys: CustomerKeys,
): Promise<OpenSide> {
  const context = adviceContextOf(connection)
  try {
    const { openStore } = await import('../../io/s3/store.js')
    const onNotice = (code: string, message: string): void => {
      notices.next({ code, message: `${connection.name}: ${message}` })
    }
    return {
      store: await openStore(connection, {
        sockets: workers + streamsAtOnce(maxMemory) + OTHER_REQUESTS,
        timeouts: { quietMs: timeoutMs },
        onNotice,
        customerKeys,
      }),
      context,
    }
  } catch (error) {
    if (error instanceof StoreError) throw endpointError(error.failure, context)
    throw error
  }
}

export function adviceContextOf({ name, endpoint }: Connection): AdviceContext {
  return { connection: name, endpoint: endpoint ?? 'AWS' }
}
