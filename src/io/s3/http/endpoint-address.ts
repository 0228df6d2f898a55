import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Connection } from '../../connection.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { encodePart } from './sigv4.js'

/** AWS's general address, for connections without an endpoint. */
export const AWS = 'https://s3.amazonaws.com'

/** The address for requests about a bucket. */
export interface Address {
  /** `http(s)://host[:port]` */
  readonly origin: string
  readonly host: string
  /** The path before a key's `/`: `/bucket`, or empty for a virtual host; behind the endpoint's own path, if it has one. */
  readonly base: string
  /** The path of requests that concern no key. */
  readonly whole: string
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

  /** Buckets are in the path by default, not because the connection says so. */
  get mayLeavePathStyle(): boolean {
    return this.pathStyle && this.connection.pathStyle !== true
  }

  /** Switches to virtual-host addresses: some servers accept no others. False if they were in use already. */
  leavePathStyle(): boolean {
    if (!this.mayLeavePathStyle) return false
    this.pathStyle = false
    this.known.clear()
    return true
  }

  private make(bucket: string | undefined, region: string): Address {
    const { endpoint } = this.connection
    const { protocol, host, pathname } = new URL(endpoint ?? `https://${this.awsHost(region)}`)
    const path = pathname.replace(/\/+$/, '')
    if (bucket === undefined) return { origin: `${protocol}//${host}`, host, base: path, whole: `${path}/` }
    refuse(bucket, endpoint, path)
    if (this.pathStyle || !HOST_LIKE.test(bucket)) {
      const base = `${path}/${encodePart(bucket)}`
      return { origin: `${protocol}//${host}`, host, base, whole: base }
    }
    return { origin: `${protocol}//${bucket}.${host}`, host: `${bucket}.${host}`, base: path, whole: `${path}/` }
  }

  /** AWS's host for a region (AWS General Reference, "Amazon S3 endpoints"), with the two settings of the SDKs that select other hosts. */
  private awsHost(region: string): string {
    const fips = this.env['AWS_USE_FIPS_ENDPOINT'] === 'true' ? '-fips' : ''
    const dualStack = this.env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true' ? '.dualstack' : ''
    const [, domain] = PARTITIONS.find(([prefix]) => region.startsWith(prefix)) ?? ['', GLOBAL]
    return `s3${fips}${dualStack}.${region}.${domain}`
  }
}

const GLOBAL = 'amazonaws.com'
/** The domains of AWS's other partitions, by the beginning of their regions (the SDK's `partitions.json`). */
const PARTITIONS: readonly (readonly [region: string, domain: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
]

/** Buckets of AWS that need other hosts, signatures or sessions, by the end of their names (S3 user guide, "bucket naming rules"). */
const OTHER_KINDS: readonly (readonly [end: string, kind: string])[] = [
  ['--x-s3', 'a directory bucket (S3 Express One Zone)'],
  ['--xa-s3', 'an access point of a directory bucket (S3 Express One Zone)'],
  ['--op-s3', 'an access point of S3 on Outposts'],
  ['--table-s3', 'a table bucket'],
  ['.mrap', 'a Multi-Region Access Point'],
]

/** Requests to the wrong place would create and overwrite objects there. */
function refuse(bucket: string, endpoint: string | undefined, path: string): void {
  const [, kind] = (isAws(endpoint) ? OTHER_KINDS.find(([end]) => bucket.endsWith(end)) : undefined) ?? []
  if (kind !== undefined)
    throw new StoreError(ownFailure('Connect', 'BucketNotSupported', `"${bucket}" is ${kind}, which is not supported`, 'fatal'))
  if (path.endsWith(`/${encodePart(bucket)}`))
    throw new StoreError(
      ownFailure('Connect', 'BucketInEndpoint', `the path of the endpoint ends with the bucket "${bucket}"`, 'fatal'),
    )
}

/** Virtual-host addresses need names that resolve: AWS has them, IP addresses can't, and most other servers are not set up for them. */
function pathStyleFits(endpoint: string | undefined): boolean {
  return !isAws(endpoint)
}

/** Whether an endpoint belongs to AWS; a connection without an endpoint uses AWS. */
export function isAws(endpoint: string | undefined): boolean {
  if (endpoint === undefined) return true
  const { hostname } = new URL(endpoint)
  return [GLOBAL, ...PARTITIONS.map(([, domain]) => domain)].some(
    (domain) => hostname === domain || hostname.endsWith(`.${domain}`),
  )
}
