import type { Failure } from '../../pipeline/ports/failure.js'
import type { AdviceContext } from '../../reporters/error-advice.js'
import { printable } from '../../reporters/escape-terminal.js'
import { tellFailure, tellGood, type Desk, type Side } from './wizard-screen.js'
import { canBeMade, explainName } from './name-connection.js'
import type { ConnectionRef } from './wizard-port.js'

/** What a login that worked showed of the endpoint's buckets. */
export type Seen =
  | { readonly kind: 'listed'; readonly names: readonly string[] }
  /** Listing is denied; this bucket was named by hand. Only at the target it may be missing. */
  | { readonly kind: 'named'; readonly bucket: string; readonly exists: boolean }

export type Login = Seen | { readonly kind: 'failed'; readonly failure: Failure }

/** After so many refused logins, or buckets named in vain, the person is asked what to change. */
export const PATIENCE = 3

/** Tries a connection and says how it went. Where buckets may not be listed, asks for the name of one and tries that. */
export async function logIn(desk: Desk, side: Side, connection: ConnectionRef): Promise<Login> {
  const { screen, paint, world } = desk
  const { connection: name = '', endpoint = 'AWS' } = adviceContext(connection)
  screen.out(paint.quiet(`Connecting to ${printable(typeof connection === 'string' ? name : endpoint)} …`))
  const answer = await world.buckets(connection)
  if (answer.kind === 'listed') {
    tellGood(desk, answer.names.length === 1 ? 'Connected: 1 bucket.' : `Connected: ${answer.names.length} buckets.`)
    return answer
  }
  if (answer.kind === 'denied') {
    screen.out(paint.warning('This login may not list buckets. Enter a bucket name instead.'))
    return nameBucket(desk, side, connection)
  }
  tellFailure(desk, answer.failure, adviceContext(connection))
  return answer
}

/** Asks for a bucket until one can be reached; gives up with the last failure. */
async function nameBucket(desk: Desk, side: Side, connection: ConnectionRef): Promise<Login> {
  for (let attempt = 1; ; attempt++) {
    const bucket = await askBucket(desk, `Bucket of the ${side}`)
    const answer = await tryBucket(desk, side, connection, bucket)
    if (answer.kind !== 'failed' || attempt === PATIENCE) return answer
  }
}

/** Asks for a bucket's name of possible form. */
export function askBucket({ questions, world }: Desk, message: string, initial?: string): Promise<string> {
  return questions.text({
    message,
    ...(initial !== undefined && { initial }),
    check: (answer) => (answer === '' ? 'Enter a bucket name.' : world.check('bucket', answer)),
  })
}

/** Tries one bucket and says what is wrong with it. A missing one is wrong at the source only: at the target it will be made. */
export async function tryBucket(desk: Desk, side: Side, connection: ConnectionRef, bucket: string): Promise<Login> {
  const answer = await desk.world.bucket(connection, bucket)
  if (answer.kind === 'exists') {
    tellGood(desk, `Found the bucket "${printable(bucket)}".`)
    return { kind: 'named', bucket, exists: true }
  }
  if (answer.kind === 'missing' && side === 'target') {
    if (!(await canBeMade(desk, connection, bucket))) return { kind: 'failed', failure: missing(bucket) }
    tellGood(desk, `The bucket "${printable(bucket)}" does not exist yet; the run will create it.`)
    return { kind: 'named', bucket, exists: false }
  }
  const failure = answer.kind === 'failed' ? answer.failure : missing(bucket)
  // What is wrong with its name says more than a server's 400 or 403.
  if (!(await explainName(desk, connection, bucket))) tellFailure(desk, failure, { ...adviceContext(connection), bucket })
  return { kind: 'failed', failure }
}

/** What advice may say of a connection: nothing secret. */
export function adviceContext(connection: ConnectionRef): AdviceContext {
  if (typeof connection === 'string') return { connection }
  const { name, endpoint } = connection
  return { connection: name, ...(endpoint !== undefined && { endpoint }) }
}

function missing(bucket: string): Failure {
  return { kind: 'fatal', operation: 'HeadBucket', code: 'NoSuchBucket', status: 404, message: `no bucket ${bucket}` }
}
