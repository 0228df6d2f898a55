import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Connection } from '../../connection.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { Services } from './service-handler.js'
import type { Credentials, Identity } from './sigv4.js'

/** Keys are fetched anew when they have so long to live, ms: as the SDK does. */
const BEFORE_THE_END = 5 * 60_000

/** What a connection's requests are signed with. */
export class Login {
  private current: Identity | undefined
  private coming: Promise<Identity> | undefined

  constructor(
    private readonly provide: () => Promise<Identity>,
    private readonly now: () => number,
  ) {}

  /** Keys that are good for now: at once where they are known. New ones are fetched while the old ones still work. */
  get(): Credentials | Promise<Credentials> {
    const { current } = this
    const left = current?.expiration === undefined ? Number.POSITIVE_INFINITY : current.expiration.getTime() - this.now()
    if (current === undefined || left <= 0) return this.fetch()
    // Should it fail, there is time to try again.
    if (left < BEFORE_THE_END) this.fetch().catch(() => undefined)
    return current
  }

  /** Fetches other keys after the server said that these have ended. False when there are no others. */
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
 * How a connection's requests are signed: not at all (undefined), with its own keys, or with what the default chain finds; then perhaps as a
 * role. What fetches keys is loaded only where keys must be fetched.
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
