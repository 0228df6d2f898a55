import type { Side } from '../../pipeline/ports/bucket-pair.js'
import type { Failure } from '../../pipeline/ports/failure.js'
import type { AdviceContext } from '../../reporters/error-advice.js'
import { printable } from '../../reporters/escape-terminal.js'
import { showFailure, showSuccess, type WizardContext } from './wizard-context.js'
import { mayCreateBucket, explainBucketName } from './bucket-name.js'
import type { ConnectionRef } from './wizard-port.js'

/** The buckets that a successful login can use. */
export type VisibleBuckets =
  | { readonly kind: 'listed'; readonly names: readonly string[] }
  /** Listing is denied; the user entered this bucket. Only at the target may it be missing. */
  | { readonly kind: 'named'; readonly bucket: string; readonly exists: boolean }

export type LoginResult = VisibleBuckets | { readonly kind: 'failed'; readonly failure: Failure }

/** After so many failed logins or bucket names, the user is asked what to change. */
export const ATTEMPTS = 3

/** Tries a connection and shows the result. If listing buckets is denied, asks for a bucket name and tries that. */
export async function logIn(wizard: WizardContext, side: Side, connection: ConnectionRef): Promise<LoginResult> {
  const { screen, paint, port } = wizard
  const { connection: name = '', endpoint = 'AWS' } = adviceContext(connection)
  screen.out(paint.quiet(`Connecting to ${printable(typeof connection === 'string' ? name : endpoint)} …`))
  const answer = await port.listBuckets(connection)
  if (answer.kind === 'listed') {
    showSuccess(wizard, answer.names.length === 1 ? 'Connected: 1 bucket.' : `Connected: ${answer.names.length} buckets.`)
    return answer
  }
  if (answer.kind === 'denied') {
    screen.out(paint.warning('This login may not list buckets. Enter a bucket name instead.'))
    return askReachableBucket(wizard, side, connection)
  }
  showFailure(wizard, answer.failure, adviceContext(connection))
  return answer
}

/** Asks for a bucket until one can be reached; after all attempts, returns the last failure. */
async function askReachableBucket(wizard: WizardContext, side: Side, connection: ConnectionRef): Promise<LoginResult> {
  for (let attempt = 1; ; attempt++) {
    const bucket = await askBucketName(wizard, `Bucket of the ${side}`)
    const answer = await tryBucket(wizard, side, connection, bucket)
    if (answer.kind !== 'failed' || attempt === ATTEMPTS) return answer
  }
}

/** Asks for a bucket name with valid syntax. */
export function askBucketName({ questions, port }: WizardContext, message: string, initial?: string): Promise<string> {
  return questions.text({
    message,
    ...(initial !== undefined && { initial }),
    check: (answer) => (answer === '' ? 'Enter a bucket name.' : port.fieldProblem('bucket', answer)),
  })
}

/** Tries one bucket and shows what is wrong with it. A missing bucket is an error only at the source: the run creates it at the target. */
export async function tryBucket(
  wizard: WizardContext,
  side: Side,
  connection: ConnectionRef,
  bucket: string,
): Promise<LoginResult> {
  const answer = await wizard.port.checkBucket(connection, bucket)
  if (answer.kind === 'exists') {
    showSuccess(wizard, `Found the bucket "${printable(bucket)}".`)
    return { kind: 'named', bucket, exists: true }
  }
  if (answer.kind === 'missing' && side === 'target') {
    if (!(await mayCreateBucket(wizard, connection, bucket))) return { kind: 'failed', failure: missing(bucket) }
    showSuccess(wizard, `The bucket "${printable(bucket)}" does not exist yet; the run will create it.`)
    return { kind: 'named', bucket, exists: false }
  }
  const failure = answer.kind === 'failed' ? answer.failure : missing(bucket)
  // An invalid name explains more than the server's 400 or 403.
  if (!(await explainBucketName(wizard, connection, bucket)))
    showFailure(wizard, failure, { ...adviceContext(connection), bucket })
  return { kind: 'failed', failure }
}

/** What error advice may show of a connection: no secrets. */
export function adviceContext(connection: ConnectionRef): AdviceContext {
  if (typeof connection === 'string') return { connection }
  const { name, endpoint } = connection
  return { connection: name, ...(endpoint !== undefined && { endpoint }) }
}

function missing(bucket: string): Failure {
  return { kind: 'fatal', operation: 'HeadBucket', code: 'NoSuchBucket', status: 404, message: `no bucket ${bucket}` }
}
