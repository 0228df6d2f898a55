import type { Connection } from '../../connection.js'
import { encodePart } from './sigv4.js'

/** Where AWS answers when a connection names no endpoint, by its common name. */
export const AWS = 'https://s3.amazonaws.com'

/** Where the requests about a bucket go. */
export interface Address {
  /** `http(s)://host[:port]` */
  readonly origin: string
  readonly host: string
  /** What comes before a key's `/`: `/bucket`, or nothing with a virtual host. */
  readonly base: string
}

/** Names that can be part of a host name under TLS certificates (S3 user guide, "Virtual hosting of buckets"). */
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

  /** `bucket` undefined: requests about none, such as listing them. */
  of(bucket: string | undefined, region: string): Address {
    const id = `${region} ${bucket ?? ''}`
    const known = this.known.get(id)
    if (known !== undefined) return known
    const address = this.make(bucket, region)
    this.known.set(id, address)
    return address
  }

  /** Some servers take virtual-host addresses only. False when that is how they were called already. */
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

  /** AWS's host of a region (AWS General Reference, "Amazon S3 endpoints"), with the two settings of the SDKs that choose others. */
  private awsHost(region: string): string {
    const fips = this.env['AWS_USE_FIPS_ENDPOINT'] === 'true' ? '-fips' : ''
    const dualStack = this.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true' ? '.dualstack' : ''
    return `s3${fips}${dualStack}.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  }
}

/** Virtual-host addresses need names that resolve: AWS has them, an IP address can't, and most other servers were never told. */
function pathStyleFits(endpoint: string | undefined): boolean {
  return !isAws(endpoint)
}

/** Whether an endpoint is one of AWS; absent: its own. */
export function isAws(endpoint: string | undefined): boolean {
  return endpoint === undefined || /(^|\.)amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)
}
