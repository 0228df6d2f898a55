/**
 * How to reach one endpoint, as saved under a name or given by the environment. The secrets are in plain text: never put a value of this
 * type into an event, a log or JSON.
 */
export interface Connection {
  readonly name: string
  /** `http(s)://host[:port][/path]`; absent means AWS. */
  readonly endpoint?: string
  /** Absent: `AWS_REGION`, then the region of the profile, then us-east-1. */
  readonly region?: string
  /** Absent together with the secret: the default chain (environment, profile, SSO, instance role), unless `anonymous`. */
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  /** A profile of the shared AWS configuration files. */
  readonly profile?: string
  /** A role to assume with the credentials of the other fields. */
  readonly roleArn?: string
  /** Requests are not signed: for public buckets. */
  readonly anonymous?: boolean
  readonly requesterPays?: boolean
  /** Absent: the endpoint decides. IP addresses, localhost and custom endpoints get path style unless they refuse it. */
  readonly pathStyle?: boolean
  /** Accept any TLS certificate. */
  readonly insecure?: boolean
  /** A PEM file with a private CA. */
  readonly caFile?: string
}
