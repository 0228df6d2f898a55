import type { Connection } from '../../connection.js'
import { Addresses } from './endpoint-address.js'
import { loginOf } from './credentials.js'
import { profileOf } from './profile.js'
import { homeRegion } from './region.js'
import { Requests, type RequestsOptions } from './s3-client.js'
import { openTransport, TIMEOUTS, type Timeouts } from './transport.js'

export interface LineOptions {
  /** Connections at once; as many as requests may be in flight. */
  readonly sockets: number
  readonly timeouts?: Timeouts
}

/** The way to an endpoint: what is sent over it is addressed and signed as the connection wants it. */
export interface Line<R extends Requests = Requests> {
  readonly requests: R
  readonly close: () => void
}

/** Prepares the way to an endpoint; sends no request. */
export function openLine(connection: Connection, options: LineOptions): Promise<Line> {
  return openLineOf(connection, options, (prepared) => new Requests(prepared))
}

/** The same with requests of another making, for whoever wants to see them pass. */
export async function openLineOf<R extends Requests>(
  connection: Connection,
  { sockets, timeouts }: LineOptions,
  make: (prepared: RequestsOptions) => R,
): Promise<Line<R>> {
  const transport = await openTransport(connection, sockets, timeouts ?? TIMEOUTS)
  // A certificate of anybody's is good enough for this endpoint, not for the services that hand out keys.
  const services =
    connection.insecure === true ? await openTransport({ ...connection, insecure: false }, sockets, TIMEOUTS) : transport
  const { endpoint, roleArn } = connection
  const profile = await profileOf(connection.profile, process.env)
  // The regions of other servers are none of AWS's.
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
