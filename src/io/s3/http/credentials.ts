import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Connection } from '../../connection.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { Services } from './service-handler.js'
import type { Credentials, Identity } from './sigv4.js'

/** Keys are fetched again this long before they expire, ms, as the SDK does; short-lived ones after half of their life. */
const BEFORE_THE_END = 5 * 60_000
/** Shortest time between two early fetches, ms. */
const BETWEEN_FETCHES = 1_000

/** The keys that sign a connection's requests. */
export class Login {
  private current: Identity | undefined
  private coming: Promise<Identity> | undefined
  /** When the next keys are fetched while the current ones are still valid, ms since the epoch. */
  private nextAt = Number.POSITIVE_INFINITY

  /** @param provide fetches keys from their source; it must not return keys that it fetched before */
  constructor(
    private readonly provide: () => Promise<Identity>,
    private readonly now: () => number,
  ) {}

  /** The current keys, at once if they are known. New keys are fetched while the old ones are still valid. */
  get(): Credentials | Promise<Credentials> {
    const { current } = this
    if (current === undefined || this.leftOf(current) <= 0) return this.fetch()
    if (this.now() >= this.nextAt) {
      // If this fails, there is time for another attempt.
      this.planNext(current)
      this.fetch().catch(() => undefined)
    }
    return current
  }

  /**
   * Fetches new keys after the server refused these as expired, unless another request did so in the meantime. False when the source still
   * has no others.
   */
  async renew(refused: Credentials): Promise<boolean> {
    if (this.current !== undefined && !areSame(this.current, refused)) return true
    return !areSame(await this.fetch(), refused)
  }

  private fetch(): Promise<Identity> {
    this.coming ??= this.provide()
      .then((identity) => {
        this.planNext(identity)
        return (this.current = identity)
      })
      .catch((thrown: unknown) => {
        if (thrown instanceof StoreError) throw thrown
        const message = thrown instanceof Error ? thrown.message : String(thrown)
        throw new StoreError(ownFailure('Login', 'CredentialsFailed', message), { cause: thrown })
      })
      .finally(() => (this.coming = undefined))
    return this.coming
  }

  private leftOf({ expiration }: Identity): number {
    return expiration === undefined ? Number.POSITIVE_INFINITY : expiration.getTime() - this.now()
  }

  private planNext(identity: Identity): void {
    const left = this.leftOf(identity)
    this.nextAt = this.now() + Math.max(BETWEEN_FETCHES, left - BEFORE_THE_END, left / 2)
  }
}

/** Also compares the tokens: a source may issue a new token under the same access key. */
function areSame(one: Credentials, other: Credentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken
  )
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
