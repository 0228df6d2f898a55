import type { Connection } from '../../connection.js'
import { Addresses } from './endpoint-address.js'
import { loginOf } from './credentials.js'
import { profileOf } from './profile.js'
import { homeRegion } from './region.js'
import { Requests, type RequestsOptions } from './s3-client.js'
import { TIMEOUTS, type Timeouts, Transport } from './transport.js'

export interface LineOptions {
  /** Maximum number of connections: the number of requests that may be in flight. */
  readonly sockets: number
  /** Other timeouts than {@link TIMEOUTS}. */
  readonly timeouts?: Partial<Timeouts>
}

/** An open connection to an endpoint. It addresses and signs the requests. */
export interface Line<R extends Requests = Requests> {
  readonly requests: R
  readonly close: () => void
}

/** Opens a {@link Line} to an endpoint; sends no request. */
export function openLine(connection: Connection, options: LineOptions): Promise<Line> {
  return openLineOf(connection, options, (prepared) => new Requests(prepared))
}

/** Like {@link openLine}, with a {@link Requests} that `make` creates, e.g. one that records them. */
export async function openLineOf<R extends Requests>(
  connection: Connection,
  { sockets, timeouts }: LineOptions,
  make: (prepared: RequestsOptions) => R,
): Promise<Line<R>> {
  const transport = new Transport(connection, sockets, { ...TIMEOUTS, ...timeouts })
  // For `insecure`, any certificate is good enough for this endpoint, but not for the services that issue keys.
  const services = connection.insecure === true ? new Transport({ ...connection, insecure: false }, sockets, TIMEOUTS) : transport
  const { endpoint, roleArn } = connection
  const profile = await profileOf(connection, process.env)
  // The region of another server means nothing to AWS.
  const isAws = endpoint === undefined || roleArn !== undefined
  const region = homeRegion(isAws ? connection.region : undefined, profile, process.env)
  const requests = make({
    login: await loginOf(connection, { region, transport: services }),
    homeRegion: homeRegion(connection.region, profile, process.env),
    addresses: new Addresses(connection, process.env),
    transport,
    requesterPays: connection.requesterPays === true,
    now: Date.now,
  })
  return {
    requests,
    close: () => {
      transport.close()
      services.close()
    },
  }
}
