import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Connection } from '../../connection.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { Services } from './service-handler.js'
import type { Credentials, Identity } from './sigv4.js'

/** Keys are fetched again this long before they expire, ms, as the SDK does. */
const BEFORE_THE_END = 5 * 60_000

/** The keys that sign a connection's requests. */
export class Login {
  private current: Identity | undefined
  private coming: Promise<Identity> | undefined

  constructor(
    private readonly provide: () => Promise<Identity>,
    private readonly now: () => number,
  ) {}

  /** The current keys, at once if they are known. New keys are fetched while the old ones are still valid. */
  get(): Credentials | Promise<Credentials> {
    const { current } = this
    const left = current?.expiration === undefined ? Number.POSITIVE_INFINITY : current.expiration.getTime() - this.now()
    if (current === undefined || left <= 0) return this.fetch()
    // If this fails, there is time for another attempt.
    if (left < BEFORE_THE_END) this.fetch().catch(() => undefined)
    return current
  }

  /** Fetches new keys after the server reported that these have expired. False when the new ones are the same. */
  async renew(): Promise<boolean> {
    const before = this.current
    return (await this.fetch()).accessKeyId !== before?.accessKeyId
  }

  private fetch(): Promise<Identity> {
    this.coming ??= this.provide()
      .then((identity) => (this.current = identity))
      .catch((thrown: unknown) => {
        const message = thrown instanceof Error ? thrown.message : String(thrown)
        throw new StoreError(ownFailure('Login', 'CredentialsMissing', message), { cause: thrown })
      })
      .finally(() => (this.coming = undefined))
    return this.coming
  }
}

/**
 * The keys that sign a connection's requests: none (undefined), its own, or those of the default chain, possibly exchanged for a role's.
 * The code that fetches keys is loaded only when needed.
 */
export async function loginOf(
  connection: Connection,
  services: Services,
  now: () => number = Date.now,
): Promise<Login | undefined> {
  if (connection.anonymous === true) return undefined
  const own = ownKeys(connection)
  if (own !== undefined && connection.roleArn === undefined) return new Login(() => Promise.resolve(own), now)
  const { providerOf } = await import('./credential-providers.js')
  return new Login(providerOf(connection, own, services), now)
}

function ownKeys({ accessKeyId, secretAccessKey, sessionToken }: Connection): Credentials | undefined {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}
