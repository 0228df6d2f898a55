/**
 * How to reach one endpoint: what a person saved under a name, or what the environment said. The secrets are plain here;
 * a value of this type never goes into an event, a log or JSON.
 */
export interface Connection {
  readonly name: string
  /** `http(s)://host[:port]`; absent means AWS. */
  readonly endpoint?: string
  /** Absent: `AWS_REGION`, then the profile's, then us-east-1. */
  readonly region?: string
  /** Absent together with the secret: the default chain (environment, profile, SSO, instance role), unless `anonymous`. */
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly sessionToken?: string
  /** A profile of the shared AWS configuration files. */
  readonly profile?: string
  /** A role to assume with whatever credentials the rest gives. */
  readonly roleArn?: string
  /** Requests are not signed: public buckets. */
  readonly anonymous?: boolean
  readonly requesterPays?: boolean
  /** Absent: chosen by the endpoint (path style for IP addresses, localhost and custom endpoints unless they refuse). */
  readonly pathStyle?: boolean
  /** Accept any TLS certificate. */
  readonly insecure?: boolean
  /** A PEM file with a private CA. */
  readonly caFile?: string
}
