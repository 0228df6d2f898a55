import type { Failure, FailureKind } from '../pipeline/ports/failure.js'
import { PROGRAM } from '../io/program-name.js'

/** Stands for a connection's name in `s3://`, which takes everything from the environment and the profile. */
export const AWS_SETTINGS = 's3'

/** Where a failure happened. Absent fields are not mentioned. No secrets. */
export interface AdviceContext {
  /** `http(s)://host[:port]` */
  readonly endpoint?: string
  readonly bucket?: string
  /** The connection's name; {@link AWS_SETTINGS} for `s3://`. */
  readonly connection?: string
  /** False if the run only compares. */
  readonly copies?: boolean
}

/** A failure for people: one line about what happened, one about what to do. Not escaped for a terminal. */
export interface Advice {
  readonly what: string
  readonly todo: string
}

type AdviceFor = (failure: Failure, names: AdviceNames) => Advice

/** The context, in words for a sentence. */
interface AdviceNames {
  readonly endpoint: string
  readonly bucket: string
  /** `the connection "NAME"`, or what stands for it */
  readonly connection: string
  /** What running the command again does. */
  readonly again: string
  /** What the run does with objects. */
  readonly done: 'copied' | 'compared'
}

/** The IAM action an operation needs (Service Authorization Reference, Amazon S3); most have the name of their operation. */
const COPYING = 's3:GetObject at the source, s3:PutObject at the target'
const ACTIONS = new Map<string, string>(
  Object.entries({
    Listing: 's3:ListBucket',
    ListObjects: 's3:ListBucket',
    ListObjectsV2: 's3:ListBucket',
    HeadBucket: 's3:ListBucket',
    ListBuckets: 's3:ListAllMyBuckets',
    ListObjectVersions: 's3:ListBucketVersions',
    HeadObject: 's3:GetObject',
    DeleteObjects: 's3:DeleteObject',
    CreateMultipartUpload: 's3:PutObject',
    UploadPart: 's3:PutObject',
    CompleteMultipartUpload: 's3:PutObject',
    ListParts: 's3:ListMultipartUploadParts',
    Copy: COPYING,
    CopyObject: COPYING,
    UploadPartCopy: COPYING,
    AssumeRole: 'sts:AssumeRole',
  }),
)

const wrongRegion: AdviceFor = (_, { bucket, connection }) => ({
  what: `${bucket} is in another region than the connection's.`,
  todo: `Set the bucket's own region in ${connection}.`,
})

const slowDown: AdviceFor = (_, { endpoint }) => ({
  what: `${endpoint} is throttling requests.`,
  todo: 'Run again with fewer --workers, or later.',
})

const TABLE = new Map<string, AdviceFor>(
  Object.entries({
    ConnectionRefused: (_, { endpoint, connection }) => ({
      what: `Nothing answers at ${endpoint}: the connection was refused.`,
      todo: `Check that the server is running, and host and port in ${connection}.`,
    }),
    UnknownHost: (failure, { endpoint, connection }) => ({
      what: `The host name of ${endpoint} cannot be resolved${messageSuffix(failure.message)}`,
      todo: `Check the spelling of the endpoint in ${connection}; if the name begins with the bucket, use path style (--path-style true).`,
    }),
    ConnectTimeout: (_, { endpoint }) => ({
      what: `${endpoint} did not accept a connection in time.`,
      todo: 'Check the network, a firewall in between, and whether a proxy is needed (HTTPS_PROXY).',
    }),
    OutOfSockets: (failure, { again }) => ({
      what: `This machine could open no further connection: ${failure.message}`,
      todo: `Use fewer --workers, or allow more open files (ulimit -n). ${again}`,
    }),
    FirstByteTimeout: (_, { endpoint }) => ({
      what: `${endpoint} accepted the request but did not answer.`,
      todo: 'Check the health of the server, or run again with fewer --workers.',
    }),
    Stalled: (_, { endpoint, again }) => ({
      what: `The transfer with ${endpoint} stalled.`,
      todo: `Check the network between here and there. ${again}`,
    }),
    ConnectionReset: (_, { endpoint, again }) => ({
      what: `${endpoint} closed the connection.`,
      todo: `Check the network and proxies in between. ${again}`,
    }),
    TruncatedBody: (failure, { again }) => ({
      what: `The object's body was not as long as announced: ${failure.message}`,
      todo: `Nothing was stored. ${again}`,
    }),
    TlsExpected: (_, { endpoint, connection }) => ({
      what: `${endpoint} uses https, but the connection says http.`,
      todo: `Write the endpoint with https:// in ${connection}.`,
    }),
    TlsNotSpoken: (_, { endpoint, connection }) => ({
      what: `${endpoint} does not use https.`,
      todo: `Write the endpoint with http:// in ${connection}, or check the port.`,
    }),
    CertificateUntrusted: (failure, { endpoint }) => ({
      what: `The certificate of ${endpoint} is not trusted${messageSuffix(failure.message)}`,
      todo: 'Name the authority that signed it with --ca-file (or NODE_EXTRA_CA_CERTS); --insecure accepts any certificate.',
    }),
    CertificateExpired: (_, { endpoint }) => ({
      what: `The certificate of ${endpoint} has expired.`,
      todo: 'Have it renewed, or correct the clock of this machine; --insecure accepts any certificate.',
    }),
    CertificateNotYetValid: (_, { endpoint }) => ({
      what: `The certificate of ${endpoint} is not valid yet.`,
      todo: 'Correct the clock of this machine, or wait; --insecure accepts any certificate.',
    }),
    CertificateWrongHost: (failure, { endpoint, connection }) => ({
      what: `The certificate of ${endpoint} is for another host${messageSuffix(failure.message)}`,
      todo: `Use a host name of the certificate in ${connection}; for a name that begins with the bucket, path style (--path-style true).`,
    }),
    CaFileNotUsable: (failure, { connection }) => ({
      what: withFullStop(failure.message),
      todo: `Name a file of certificates in PEM format in ${connection} (ca-file), AWS_CA_BUNDLE or SSL_CERT_FILE.`,
    }),
    ProxyNotReached: (failure) => ({
      what: `The proxy ${withFullStop(failure.message)}`,
      todo: 'Check HTTPS_PROXY and HTTP_PROXY, or name the endpoint in NO_PROXY.',
    }),
    ProxyNotUsable: (failure) => ({
      what: `The proxy of the environment can't be used: ${withFullStop(failure.message)}`,
      todo: 'Set HTTP_PROXY or HTTPS_PROXY to http(s)://HOST:PORT, or name the endpoint in NO_PROXY.',
    }),
    Http407: () => ({
      what: 'The proxy requires a login, or refused it (407).',
      todo: 'Write HTTPS_PROXY or HTTP_PROXY as http://USER:PASSWORD@HOST:PORT, percent-encoded.',
    }),
    ProxyRefused: (failure, { endpoint }) => ({
      what: `The proxy did not connect to ${endpoint}: ${failure.message}.`,
      todo: 'Ask for the endpoint to be allowed at the proxy, or name its host in NO_PROXY.',
    }),
    MalformedListing: (failure, { endpoint }) => ({
      what: `The answer of ${endpoint} is not an S3 listing: ${failure.message}`,
      todo: 'Check that the endpoint is an S3 server and not a web page in front of it.',
    }),
    MalformedAnswer: (failure, { endpoint }) => ({
      what: `The answer of ${endpoint} cannot be read: ${failure.message}`,
      todo: 'Check that the endpoint is an S3 server, and proxies in between.',
    }),
    CredentialsMissing: (failure, { endpoint, connection }) => ({
      what: `No credentials were found for ${endpoint}${messageSuffix(failure.message)}`,
      todo: `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or enter keys in ${connection}.`,
    }),
    CredentialsFailed: (failure, { endpoint, connection }) => ({
      what: `The credentials for ${endpoint} could not be fetched: ${withFullStop(failure.message)}`,
      todo: `Correct what is named there, or enter keys in ${connection}.`,
    }),
    SignInNeeded: (failure) => ({ what: withFullStop(failure.message), todo: 'Sign in, then run the same command again.' }),
    InvalidAccessKeyId: (_, { endpoint, connection }) => ({
      what: `${endpoint} does not know the access key.`,
      todo: `Check the access key in ${connection}, and that it belongs to this endpoint.`,
    }),
    SignatureDoesNotMatch: (_, { endpoint, connection }) => ({
      what: `${endpoint} refused the signature: the secret key is wrong.`,
      todo: `Enter the secret key of ${connection} again; check the region too.`,
    }),
    ExpiredToken: (_, { connection }) => ({
      what: 'The session token has expired.',
      todo: `Get new credentials (e.g. aws sso login) and put them into ${connection}.`,
    }),
    InvalidToken: (failure, { endpoint, connection }) => ({
      what: `${endpoint} does not accept the session token${messageSuffix(failure.message)}`,
      todo: `Check that the token belongs to the keys of ${connection} and to this endpoint.`,
    }),
    RequestTimeTooSkewed: (_, { endpoint }) => ({
      what: `The clocks of this machine and of ${endpoint} differ too much.`,
      todo: 'Set this machine’s clock (e.g. switch on NTP), then run again.',
    }),
    AccessDenied: (failure, { endpoint, bucket }) => ({
      what: `${endpoint} denied ${failure.operation} on ${bucket}.`,
      todo: `Allow ${ACTIONS.get(failure.operation) ?? `s3:${failure.operation}`} for this access key, or use another one.`,
    }),
    NoSuchBucket: (_, { endpoint, bucket }) => ({
      what: `${bucket} does not exist at ${endpoint}.`,
      todo: 'Check the spelling of the bucket, and that the connection is the right one.',
    }),
    NoSuchKey: (_, { again }) => ({
      what: 'The object no longer existed when it was read.',
      todo: `It was probably deleted in the meantime. ${again}`,
    }),
    NotVersioned: (_, { bucket }) => ({
      what: `${bucket} is not versioned, or this login may not check (s3:GetBucketVersioning).`,
      todo: 'Enable it: aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled; or leave out --versions.',
    }),
    Unordered: (_, { endpoint }) => ({
      what: `${endpoint} does not list versions in the order of their keys.`,
      todo: 'Versions cannot be compared: leave out --versions; s3-sync then sorts the listing itself.',
    }),
    PermanentRedirect: wrongRegion,
    AuthorizationHeaderMalformed: wrongRegion,
    BucketAlreadyExists: (_, { bucket }) => ({
      what: `${bucket} belongs to another account.`,
      todo: 'Choose another name for it at the target (--buckets old=new).',
    }),
    InvalidBucketName: (_, { endpoint, bucket }) => ({
      what: `${endpoint} does not accept the name of ${bucket}.`,
      todo: 'Choose another name at the target (--buckets old=new): 3 to 63 lower-case letters, digits, dots and hyphens.',
    }),
    BucketNotSupported: (failure) => ({
      what: withFullStop(failure.message),
      todo: 'Use a general purpose bucket, or the alias of its access point (…-s3alias).',
    }),
    BucketInEndpoint: (failure, { connection }) => ({
      what: withFullStop(failure.message),
      todo: `Remove the bucket from the endpoint in ${connection}: it is named in the location.`,
    }),
    KeyChanged: (failure, { endpoint }) => ({
      what: `${endpoint} stored the object under another key: ${withFullStop(failure.message)}`,
      todo: 'This server cannot hold the key as it is: rename the object at the source, or use another target.',
    }),
    KeyNotSendable: (failure) => ({
      what: `The key cannot be sent in a request: ${failure.message}`,
      todo: 'Rename the object at the source.',
    }),
    PreconditionFailed: (_, { again, done }) => ({
      what: `The object changed while it was being ${done}.`,
      todo: `No mixed data was stored. ${again}`,
    }),
    SourceChanged: () => ({
      what: `The object changed during every attempt; the target may hold an intermediate state.`,
      todo: 'Copy it when nothing writes to it, or from a snapshot.',
    }),
    EntityTooLarge: (_, { endpoint }) => ({
      what: `${endpoint} does not accept an object of this size.`,
      todo: 'Check the size limit of the target.',
    }),
    BadFileName: (failure) => ({
      what: `The key cannot be a file: ${failure.message}.`,
      todo: 'Rename the object at the source, or copy to a bucket.',
    }),
    NotUtf8: () => ({
      what: 'The name of the file or directory is not valid UTF-8 and cannot be an object key.',
      todo: 'Rename it (convmv renames whole trees), or exclude it.',
    }),
    OwnState: (failure) => ({
      what: `${failure.message}: it is neither read nor written.`,
      todo: 'Exclude what is there, or keep the state elsewhere (OPSKIT_TOOL_TEMP_DIR).',
    }),
    DeadLink: () => ({
      what: 'The symbolic link points to nothing.',
      todo: 'Remove or repair the link, exclude it, or run without --follow-links.',
    }),
    LinkLoop: () => ({
      what: 'The symbolic link points back to itself.',
      todo: 'Remove the link, exclude it, or run without --follow-links.',
    }),
    FileAndDirectory: () => ({
      what: 'One key would have to be a file and a directory at once (a and a/b).',
      todo: 'Rename one of them at the source, or copy to a bucket.',
    }),
    CaseConflict: (failure) => ({
      what: `The target can't tell the key from another: ${failure.message}.`,
      todo: 'Rename one of them at the source; or see --case-conflict skip and overwrite.',
    }),
    LeavesDirectory: (failure) => ({
      what: `The path contains a symbolic link: ${failure.message}.`,
      todo: 'Remove the link from the directory, or name the directory that it points to.',
    }),
    PermissionDenied: (failure) => ({
      what: `This machine does not allow it: ${failure.message}`,
      todo: 'Change the permissions of the file or directory, or run as another user.',
    }),
    DiskFull: (failure, { again }) => ({ what: `The disk is full: ${failure.message}`, todo: `Make room. ${again}` }),
    ReadOnly: (failure) => ({ what: `The file system is read-only: ${failure.message}`, todo: 'Choose another directory.' }),
    TargetIsBackup: (failure) => ({
      what: `A backup would be overwritten: ${failure.message}.`,
      todo: 'Copy the object to another key.',
    }),
    BackupExists: (failure) => ({
      what: `The object was left as it is: ${failure.message}.`,
      todo: 'Choose another --backup-prefix, e.g. one with the date.',
    }),
    OutsidePrefix: (failure) => ({
      what: `The key is outside the source: ${failure.message}.`,
      todo: 'Write whole keys into the list, below the prefix of SOURCE.',
    }),
    BadKeyList: (failure) => ({
      what: `The list of keys could not be read: ${failure.message}.`,
      todo: 'Give --files-from a file in UTF-8, one key a line or separated by NULs.',
    }),
    SlowDown: slowDown,
    ServiceUnavailable: (_, { endpoint, again }) => ({
      what: `${endpoint} is temporarily unavailable.`,
      todo: `Check the health of the server. ${again}`,
    }),
    Corrupted: (failure, { again }) => ({
      what: `The object at the target differs from the source: ${failure.message}`,
      todo: `Do not trust this object. ${again} If it happens again, check the target’s storage.`,
    }),
    CustomerKeyMissing: (_, { endpoint }) => ({
      what: `${endpoint} can't read the object without its owner's key (SSE-C).`,
      todo: 'Give it with --source-sse-key FILE (of the target: --target-sse-key FILE), or by the environment.',
    }),
    CustomerKeyRefused: (_, { endpoint }) => ({
      what: `The object at ${endpoint} is encrypted with another key (SSE-C) than the one that was given.`,
      todo: 'Check --source-sse-key and --target-sse-key: each side has a key of its own.',
    }),
    PropertyLost: (failure) => ({
      what: `Metadata was lost: ${failure.message}.`,
      todo: `Without --strict the object is copied and the loss is reported; ${PROGRAM} doctor shows what a server supports.`,
    }),
    InvalidObjectState: () => ({
      what: 'The object is archived and cannot be read.',
      todo: 'Restore it at the source (RestoreObject, s3:RestoreObject), wait until it is done, then run again.',
    }),
  }),
)

/** Codes that servers use for the same failure. */
const CODE_ALIASES = new Map<string, string>(
  Object.entries({
    AllAccessDisabled: 'AccessDenied',
    Forbidden: 'AccessDenied',
    Http413: 'EntityTooLarge',
    TokenRefreshRequired: 'ExpiredToken',
    ExpiredTokenException: 'ExpiredToken',
    NotFound: 'NoSuchKey',
    NoSuchVersion: 'NoSuchKey',
    MovedPermanently: 'PermanentRedirect',
    IllegalLocationConstraintException: 'PermanentRedirect',
    RequestExpired: 'RequestTimeTooSkewed',
    RequestTimeout: 'Stalled',
  }),
)

/** Kinds that mean the same whatever the code is. */
const BY_KIND: Readonly<Partial<Record<FailureKind, string>>> = { changed: 'PreconditionFailed', throttled: 'SlowDown' }

/** What a failure means and what to do about it. For an unknown code, the server's own message. */
export function advise(failure: Failure, context: AdviceContext): Advice {
  const names: AdviceNames = {
    endpoint: context.endpoint ?? `the ${failure.side === undefined ? '' : `${failure.side}'s `}endpoint`,
    bucket: context.bucket === undefined ? 'the bucket' : `the bucket "${context.bucket}"`,
    connection: connectionWords(context.connection),
    ...(context.copies === false
      ? { again: 'Run the same command again.', done: 'compared' }
      : { again: 'Run the same command again: only missing objects are copied.', done: 'copied' }),
  }
  const code = BY_KIND[failure.kind] ?? CODE_ALIASES.get(failure.code) ?? failure.code
  const { what, todo } = (failure.operation === 'Journal' ? journal : (TABLE.get(code) ?? unknown))(failure, names)
  return { what: capitalized(what), todo }
}

function connectionWords(name: string | undefined): string {
  if (name === undefined) return 'the connection'
  return name === AWS_SETTINGS ? 'your AWS settings (environment or profile)' : `the connection "${name}"`
}

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** The journal's file could not be written. */
const journal: AdviceFor = ({ code, message }) => ({
  what: `the run's journal can't be written (${message === '' ? code : message}); without it the run could not be resumed.`,
  todo: NO_ROOM.has(code)
    ? `Make room on the disk of OPSKIT_TOOL_TEMP_DIR, or remove old runs with ${PROGRAM} runs prune.`
    : 'Check that OPSKIT_TOOL_TEMP_DIR is a directory you can write to.',
})

const unknown: AdviceFor = (failure, { endpoint, again }) => ({
  what: `${endpoint} answered ${failure.operation} with ${failure.code}${messageSuffix(failure.message)}`,
  todo: failure.kind === 'transient' ? again : 'Look up this code in the server’s documentation.',
})

function messageSuffix(message: string): string {
  return message === '' ? '.' : `: ${withFullStop(message)}`
}

/** Adds a full stop if the message has none. */
function withFullStop(message: string): string {
  return /[.!?…]$/.test(message) ? message : `${message}.`
}

function capitalized(text: string): string {
  return text.startsWith('http') ? text : text.charAt(0).toUpperCase() + text.slice(1)
}
