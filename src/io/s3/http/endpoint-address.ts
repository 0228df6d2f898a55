import type { Connection } from '../../connection.js'
import { encodePart } from './sigv4.js'

/** AWS's general address, for connections without an endpoint. */
export const AWS = 'https://s3.amazonaws.com'

/** The address for requests about a bucket. */
export interface Address {
  /** `http(s)://host[:port]` */
  readonly origin: string
  readonly host: string
  /** The path before a key's `/`: `/bucket`, or empty for a virtual host. */
  readonly base: string
}

/** Names that can be part of a host name with TLS certificates (S3 user guide, "Virtual hosting of buckets"). */
const HOST_LIKE = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/

/** The addresses of a connection's buckets. */
export class Addresses {
  private readonly known = new Map<string, Address>()
  private pathStyle: boolean

  constructor(
    private readonly connection: Pick<Connection, 'endpoint' | 'pathStyle'>,
    private readonly env: Readonly<Record<string, string | undefined>>,
  ) {
    this.pathStyle = connection.pathStyle ?? pathStyleFits(connection.endpoint)
  }

  /** `bucket` undefined: requests that concern no bucket, such as listing buckets. */
  of(bucket: string | undefined, region: string): Address {
    const id = `${region} ${bucket ?? ''}`
    const known = this.known.get(id)
    if (known !== undefined) return known
    const address = this.make(bucket, region)
    this.known.set(id, address)
    return address
  }

  /** Switches to virtual-host addresses: some servers accept no others. False if they were in use already. */
  leavePathStyle(): boolean {
    if (!this.pathStyle || this.connection.pathStyle === true) return false
    this.pathStyle = false
    this.known.clear()
    return true
  }

  private make(bucket: string | undefined, region: string): Address {
    const { protocol, host } = new URL(this.connection.endpoint ?? `https://${this.awsHost(region)}`)
    if (bucket === undefined) return { origin: `${protocol}//${host}`, host, base: '' }
    if (this.pathStyle || !HOST_LIKE.test(bucket)) {
      return { origin: `${protocol}//${host}`, host, base: `/${encodePart(bucket)}` }
    }
    return { origin: `${protocol}//${bucket}.${host}`, host: `${bucket}.${host}`, base: '' }
  }

  /** AWS's host for a region (AWS General Reference, "Amazon S3 endpoints"), with the two settings of the SDKs that select other hosts. */
  private awsHost(region: string): string {
    const fips = this.env['AWS_USE_FIPS_ENDPOINT'] === 'true' ? '-fips' : ''
    const dualStack = this.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true' ? '.dualstack' : ''
    return `s3${fips}${dualStack}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  }
}

/** Virtual-host addresses need names that resolve: AWS has them, IP addresses can't, and most other servers are not set up for them. */
function pathStyleFits(endpoint: string | undefined): boolean {
  return !isAws(endpoint)
}

/** Whether an endpoint belongs to AWS; a connection without an endpoint uses AWS. */
export function isAws(endpoint: string | undefined): boolean {
  return endpoint === undefined || /(^|\.)amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)
}
