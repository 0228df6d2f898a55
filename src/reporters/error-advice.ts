import type { Failure } from '../pipeline/ports/failure.js'

/** What is known of the place a failure happened at; whatever is absent is not mentioned. Nothing secret. */
export interface AdviceContext {
  /** `http(s)://host[:port]` */
  readonly endpoint?: string
  readonly bucket?: string
  /** The connection's name. */
  readonly connection?: string
  /** False where both sides are only compared. */
  readonly copies?: boolean
}

/** A failure for people: one line of what happened, one of what to do. Names are exact: escape them before they reach a terminal. */
export interface Advice {
  readonly what: string
  readonly todo: string
}

type Advise = (failure: Failure, names: Names) => Advice

/** The context as words. */
interface Names {
  readonly endpoint: string
  readonly bucket: string
  /** How to change the connection in question. */
  readonly connection: string
  /** What doing the same once more means. */
  readonly again: string
  /** What the objects were to be. */
  readonly done: 'copied' | 'compared'
}

/** The IAM action an operation needs (Service Authorization Reference, Amazon S3); most are called like their operation. */
const ACTIONS = new Map<string, string>(
  Object.entries({
    Listing: 's3:ListBucket',
    ListObjects: 's3:ListBucket',
    ListObjectsV2: 's3:ListBucket',
    HeadBucket: 's3:ListBucket',
    ListBuckets: 's3:ListAllMyBuckets',
    ListObjectVersions: 's3:ListBucketVersions',
    HeadObject: 's3:GetObject',
    CreateMultipartUpload: 's3:PutObject',
    UploadPart: 's3:PutObject',
    CompleteMultipartUpload: 's3:PutObject',
    ListParts: 's3:ListMultipartUploadParts',
    Copy: 's3:GetObject at the source, s3:PutObject at the target',
    AssumeRole: 'sts:AssumeRole',
  }),
)

const wrongRegion: Advise = (_, { bucket, connection }) => ({
  what: `${bucket} is in another region than the connection's.`,
  todo: `Set the bucket's own region in ${connection}.`,
})

const slowDown: Advise = (_, { endpoint }) => ({
  what: `${endpoint} asks for fewer requests.`,
  todo: 'Run again with fewer --workers, or later.',
})

const TABLE = new Map<string, Advise>(
  Object.entries({
    ConnectionRefused: (_, { endpoint, connection }) => ({
      what: `Nothing answers at ${endpoint}: the connection was refused.`,
      todo: `Check that the server is running, and host and port in ${connection}.`,
    }),
    UnknownHost: (_, { endpoint, connection }) => ({
      what: `The host of ${endpoint} is not known.`,
      todo: `Check the spelling of the endpoint in ${connection}, and that name resolution works here.`,
    }),
    ConnectTimeout: (_, { endpoint }) => ({
      what: `${endpoint} could not be reached in time.`,
      todo: 'Check the network, a firewall in between, and whether a proxy is needed (HTTPS_PROXY).',
    }),
    OutOfSockets: (failure, { again }) => ({
      what: `This machine could open no further connection: ${failure.message}`,
      todo: `Use fewer --workers, or allow more open files (ulimit -n). ${again}`,
    }),
    FirstByteTimeout: (_, { endpoint }) => ({
      what: `${endpoint} took the request and never answered.`,
      todo: 'Check the health of the server, or run again with fewer --workers.',
    }),
    Stalled: (_, { endpoint, again }) => ({
      what: `The transfer with ${endpoint} stood still for too long.`,
      todo: `Check the network between here and there. ${again}`,
    }),
    ConnectionReset: (_, { endpoint, again }) => ({
      what: `${endpoint} cut the connection.`,
      todo: `Check the network and proxies in between. ${again}`,
    }),
    TruncatedBody: (failure, { again }) => ({
      what: `The object's body was not as long as announced: ${failure.message}`,
      todo: `Nothing of it was stored. ${again}`,
    }),
    TlsExpected: (_, { endpoint, connection }) => ({
      what: `${endpoint} speaks https, but was called with http.`,
      todo: `Write the endpoint with https:// in ${connection}.`,
    }),
    TlsNotSpoken: (_, { endpoint, connection }) => ({
      what: `${endpoint} does not speak https.`,
      todo: `Write the endpoint with http:// in ${connection}, or check the port.`,
    }),
    CertificateUntrusted: (_, { endpoint }) => ({
      what: `The certificate of ${endpoint} is not trusted here.`,
      todo: 'Name the authority that signed it with --ca-file (or NODE_EXTRA_CA_CERTS); --insecure accepts any certificate.',
    }),
    ProxyNotUsable: (failure) => ({
      what: `The proxy of the environment can't be used: ${failure.message}`,
      todo: 'Set HTTP_PROXY or HTTPS_PROXY to http(s)://HOST:PORT, or name the endpoint in NO_PROXY.',
    }),
    Http407: () => ({
      what: 'The proxy asks for a login, or refused the one it was given (407).',
      todo: 'Write HTTPS_PROXY or HTTP_PROXY as http://USER:PASSWORD@HOST:PORT, percent-encoded.',
    }),
    ProxyRefused: (failure, { endpoint }) => ({
      what: `The proxy did not connect to ${endpoint}: ${failure.message}.`,
      todo: 'Ask for the endpoint to be allowed at the proxy, or name its host in NO_PROXY.',
    }),
    MalformedListing: (failure, { endpoint }) => ({
      what: `What ${endpoint} answered is no listing: ${failure.message}`,
      todo: 'Check that the endpoint is an S3 server and not a web page in front of it.',
    }),
    MalformedAnswer: (failure, { endpoint }) => ({
      what: `What ${endpoint} answered can't be read: ${failure.message}`,
      todo: 'Check that the endpoint is an S3 server, and proxies in between.',
    }),
    CredentialsMissing: (failure, { endpoint, connection }) => ({
      what: `No credentials were found for ${endpoint}${words(failure.message)}`,
      todo: `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, sign in to a profile, or enter keys in ${connection}.`,
    }),
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
      what: 'The object was gone when it was to be read.',
      todo: `It was probably deleted meanwhile. ${again}`,
    }),
    NotVersioned: (_, { bucket }) => ({
      what: `${bucket} keeps no versions, or this login may not ask (s3:GetBucketVersioning).`,
      todo: 'Let it: aws s3api put-bucket-versioning --bucket NAME --versioning-configuration Status=Enabled; or leave out --versions.',
    }),
    Unordered: (_, { endpoint }) => ({
      what: `${endpoint} does not list versions in the order of their keys.`,
      todo: 'The histories can’t be compared: leave out --versions, and the objects are sorted here.',
    }),
    PermanentRedirect: wrongRegion,
    AuthorizationHeaderMalformed: wrongRegion,
    BucketAlreadyExists: (_, { bucket }) => ({
      what: `${bucket} belongs to someone else.`,
      todo: 'Choose another name for it at the target (--buckets old=new).',
    }),
    InvalidBucketName: (_, { endpoint, bucket }) => ({
      what: `${endpoint} does not take the name of ${bucket}.`,
      todo: 'Choose another name at the target (--buckets old=new): 3 to 63 lower-case letters, digits, dots and hyphens.',
    }),
    KeyChanged: (failure, { endpoint }) => ({
      what: `${endpoint} stored the object under another key: ${failure.message}`,
      todo: 'This server cannot hold the key as it is: rename the object at the source, or use another target.',
    }),
    KeyNotSendable: (failure) => ({
      what: `The key cannot be sent in a request: ${failure.message}`,
      todo: 'Rename the object at the source.',
    }),
    PreconditionFailed: (_, { again, done }) => ({
      what: `The object changed while it was being ${done}.`,
      todo: `Nothing of it was mixed. ${again}`,
    }),
    SourceChanged: (_, { done }) => ({
      what: `The object changed whenever it was being ${done}; the target may have it as it was in between.`,
      todo: 'Copy it when nothing writes to it, or from a snapshot.',
    }),
    EntityTooLarge: (_, { endpoint }) => ({
      what: `${endpoint} does not take an object of this size.`,
      todo: 'Check the size limit of the target.',
    }),
    BadFileName: (failure) => ({
      what: `The key cannot be a file: ${failure.message}.`,
      todo: 'Rename the object at the source, or copy to a bucket.',
    }),
    NotUtf8: () => ({
      what: 'The name of the file or directory is not valid UTF-8, so no object can be called by it.',
      todo: 'Rename it (convmv renames whole trees), or exclude it.',
    }),
    OwnState: (failure) => ({
      what: `${failure.message}: it is neither read nor written.`,
      todo: 'Exclude what is there, or keep the state elsewhere (OPSKIT_TOOL_TEMP_DIR).',
    }),
    DeadLink: () => ({
      what: 'The symbolic link leads to nothing.',
      todo: 'Remove or repair the link, exclude it, or run without --follow-links.',
    }),
    LinkLoop: () => ({
      what: 'The symbolic link leads back to where it is, in a circle.',
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
      what: `A symbolic link is on the way: ${failure.message}.`,
      todo: 'Remove the link from the directory, or name the directory that it leads to.',
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
      what: `The key is none of the source: ${failure.message}.`,
      todo: 'Write whole keys into the list, below the prefix of SOURCE.',
    }),
    BadKeyList: (failure) => ({
      what: `The list of keys could not be read: ${failure.message}.`,
      todo: 'Give --files-from a file in UTF-8, one key a line or separated by NULs.',
    }),
    SlowDown: slowDown,
    ServiceUnavailable: (_, { endpoint, again }) => ({
      what: `${endpoint} is not available for now.`,
      todo: `Check the health of the server. ${again}`,
    }),
    TooManyRequests: slowDown,
    Corrupted: (failure, { again }) => ({
      what: `The bytes at the target are not the source’s: ${failure.message}`,
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
      what: `What the object is beside its bytes did not arrive: ${failure.message}.`,
      todo: 'Without --strict the bytes are copied and the loss is told; s3-sync doctor tells what a server can hold.',
    }),
    InvalidObjectState: () => ({
      what: 'The object is archived and cannot be read.',
      todo: 'Restore it at the source (RestoreObject, s3:RestoreObject), wait until it is done, then run again.',
    }),
  }),
)

/** Other words of servers for the same thing. */
const SAME = new Map<string, string>(
  Object.entries({
    AllAccessDisabled: 'AccessDenied',
    Forbidden: 'AccessDenied',
    Http413: 'EntityTooLarge',
    InvalidToken: 'ExpiredToken',
    TokenRefreshRequired: 'ExpiredToken',
    ExpiredTokenException: 'ExpiredToken',
    NotFound: 'NoSuchKey',
    NoSuchVersion: 'NoSuchKey',
    MovedPermanently: 'PermanentRedirect',
    IllegalLocationConstraintException: 'PermanentRedirect',
    RequestExpired: 'RequestTimeTooSkewed',
    RequestTimeout: 'Stalled',
    Throttling: 'SlowDown',
  }),
)

/** Says what a failure means and what to do about it; of a code that is not known here, the server's own words. */
export function advise(failure: Failure, context: AdviceContext): Advice {
  const names: Names = {
    endpoint: context.endpoint ?? `the ${failure.side === undefined ? '' : `${failure.side}'s `}endpoint`,
    bucket: context.bucket === undefined ? 'the bucket' : `the bucket "${context.bucket}"`,
    connection: context.connection === undefined ? 'the connection' : `the connection "${context.connection}"`,
    ...(context.copies === false
      ? { again: 'Run the same command again.', done: 'compared' }
      : { again: 'Run the same command again: only what is missing is copied.', done: 'copied' }),
  }
  const code = failure.kind === 'changed' ? 'PreconditionFailed' : (SAME.get(failure.code) ?? failure.code)
  const { what, todo } = (failure.operation === 'Journal' ? journal : (TABLE.get(code) ?? unknown))(failure, names)
  return { what: sentence(what), todo }
}

const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Whatever this machine says of the file that the run is kept in. */
const journal: Advise = ({ code, message }) => ({
  what: `the run's journal can't be written (${message === '' ? code : message}); a run that is not kept could not be resumed.`,
  todo: NO_ROOM.has(code)
    ? 'Make room on the disk of OPSKIT_TOOL_TEMP_DIR, or remove old runs with s3-sync runs prune.'
    : 'Check that OPSKIT_TOOL_TEMP_DIR is a directory of yours that can be written to.',
})

const unknown: Advise = (failure, { endpoint, again }) => ({
  what: `${endpoint} answered ${failure.operation} with ${failure.code}${words(failure.message)}`,
  todo: failure.kind === 'transient' ? again : 'See what the server’s documentation says about this code.',
})

function words(message: string): string {
  return message === '' ? '.' : `: ${message}${/[.!?…]$/.test(message) ? '' : '.'}`
}

function sentence(text: string): string {
  return text.startsWith('http') ? text : text.charAt(0).toUpperCase() + text.slice(1)
}
