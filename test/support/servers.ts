import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  type GetObjectCommandOutput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3'
import { randomUUID } from 'node:crypto'
import * as v from 'valibot'
import { startEmbedded } from './fauxqs.js'

/**
 * Known deviations of a server, so that tests assert them instead of ignoring them:
 * - `unordered`: lists in another order than UTF-8 bytes;
 * - `folds-slashes`: stores `/lead` as `lead`, `x//y` as `x/y` and answers 200;
 * - `drops-leading-slash`: stores `/lead` as `lead`, and changes no other key;
 * - `no-slash-siblings`: refuses `a/b` next to `a`;
 * - `no-control-characters`: gives wrong answers for keys with a line feed;
 * - `no-long-names`: accepts at most 255 bytes between two slashes;
 * - `no-long-keys`: refuses keys of 200 bytes;
 * - `hides-conflicts`: answers 500, which says nothing, where another key is in the way (`no-slash-siblings`);
 * - `no-list-uploads`: lists no unfinished uploads;
 * - `drops-headers`: stores only Content-Type and metadata of an object's attributes;
 * - `keeps-cut-bodies`: stores the bytes of a truncated body, unless its MD5 was announced;
 * - `keeps-refused-bodies`: stores the bytes whose digest it then refuses;
 * - `no-listed-etags`: lists objects without their ETags;
 * - `makes-buckets`: a write to a missing bucket creates it, and a delete from one succeeds;
 * - `denies-gone-uploads`: answers AccessDenied instead of NoSuchUpload;
 * - `crashes-on-gone-uploads`: answers 500 instead of NoSuchUpload;
 * - `ignores-md5`: stores bytes that differ from the announced MD5;
 * - `ignores-checksums`: stores bytes that differ from the announced checksum;
 * - `any-keys`: accepts all credentials;
 * - `no-part-copy`: can't copy a range of one object into a part of another;
 * - `is-a-directory`: a file system. Its ETags are MD5s only for writes, and it stores only the bytes and their time;
 * - `refuses-odd-names`: refuses `x//y`, `.` and `..` as segments, also in the prefix of a listing;
 * - `loses-expires`: loses Expires when it copies an object on the server;
 * - `no-list-parts`: does not list the parts of an upload, or without their ETags;
 * - `ignores-copy-conditions`: copies the source object even if it has changed;
 * - `no-tags`, `no-storage-classes`, `no-encryption`, `no-redirects`, `no-acls`, `no-locks`: refuses these or silently drops them; storage
 * classes are those other than STANDARD and REDUCED_REDUNDANCY;
 * - `no-odd-tags`: the same for tags beyond ASCII;
 * - `locks-anywhere`: locks objects in buckets that were created without locks;
 * - `no-versions`: keeps no versions of objects, or only if it was started with them;
 * - `times-bytes-only`: an object keeps its time when its metadata is replaced in place;
 * - `versions-apart`: lists all versions before all delete markers, and omits some entries after a key.
 */
const Trait = v.picklist([
  'unordered',
  'folds-slashes',
  'drops-leading-slash',
  'no-slash-siblings',
  'no-control-characters',
  'no-long-names',
  'no-long-keys',
  'hides-conflicts',
  'no-list-uploads',
  'drops-headers',
  'keeps-cut-bodies',
  'keeps-refused-bodies',
  'no-listed-etags',
  'makes-buckets',
  'denies-gone-uploads',
  'crashes-on-gone-uploads',
  'ignores-md5',
  'ignores-checksums',
  'any-keys',
  'no-part-copy',
  'is-a-directory',
  'ignores-copy-conditions',
  'no-list-parts',
  'refuses-odd-names',
  'loses-expires',
  'no-tags',
  'no-storage-classes',
  'no-encryption',
  'no-redirects',
  'no-acls',
  'no-locks',
  'no-odd-tags',
  'locks-anywhere',
  'no-versions',
  'times-bytes-only',
  'versions-apart',
])
export type Trait = v.InferOutput<typeof Trait>

const Declared = v.pipe(
  v.string(),
  v.parseJson(),
  v.array(v.object({ name: v.string(), url: v.pipe(v.string(), v.url()), traits: v.array(Trait) })),
)

/** The traits of a store that stores only bytes, headers and metadata. */
export const BARE = [
  'no-tags',
  'no-storage-classes',
  'no-encryption',
  'no-redirects',
  'no-acls',
  'no-locks',
  'no-versions',
  'no-odd-tags',
] as const satisfies readonly Trait[]

/** A server to test against: a running one, or the embedded one, which `open` starts. */
export interface TestServer {
  readonly name: string
  readonly traits: ReadonlySet<Trait>
  open(): Promise<{ /** `http://KEY:SECRET@host:port?region=REGION` */ readonly url: string; stop(): Promise<void> }>
}

/** The embedded server, which is an npm package and so available on every machine. */
export const EMBEDDED: TestServer = {
  name: 'embedded',
  traits: new Set([
    'unordered',
    'drops-headers',
    'ignores-md5',
    'ignores-checksums',
    'any-keys',
    'no-part-copy',
    'ignores-copy-conditions',
    'no-list-parts',
    ...BARE,
  ]),
  open: startEmbedded,
}

/**
 * The servers in `S3_SYNC_TEST_ENDPOINTS`, a JSON array of `{name, url, traits}`; without it the embedded one, against which `npm test` has
 * run everything. Throws when one that `S3_SYNC_REQUIRE_SERVERS` (`moto,versitygw`) names is missing: a failure is better than a suite that
 * silently tests less than requested.
 */
export function testServers(env: NodeJS.ProcessEnv = process.env): readonly TestServer[] {
  const declared = v.parse(Declared, env['S3_SYNC_TEST_ENDPOINTS'] ?? '[]')
  const missing = (env['S3_SYNC_REQUIRE_SERVERS'] ?? '')
    .split(',')
    .filter((name) => name !== '' && !declared.some((server) => server.name === name))
  if (missing.length > 0) throw new Error(`required test servers are not running: ${missing.join(', ')}`)
  if (declared.length === 0) return [EMBEDDED]
  return declared.map(({ name, url, traits }) => ({
    name,
    traits: new Set(traits),
    open: () => Promise.resolve({ url, stop: () => Promise.resolve() }),
  }))
}

/** All rows of a table on the embedded server, the first on others: for what does not depend on the server. */
export function rowsOn<T>({ name }: TestServer, rows: readonly T[]): readonly T[] {
  return name === EMBEDDED.name ? rows : rows.slice(0, 1)
}

/** The region of an address `http://KEY:SECRET@host:port?region=REGION`; most servers accept any. */
export function regionOf(url: string): string {
  return new URL(url).searchParams.get('region') ?? 'us-east-1'
}

/** A bucket name that no other test uses. */
export function uniqueBucket(word: string): string {
  return `${word}-${randomUUID().slice(0, 8)}`
}

/** What a test stores under a key: bytes, or bytes with headers. */
export type Seed = Uint8Array | string | Omit<PutObjectCommandInput, 'Bucket' | 'Key'>

/** Accesses an endpoint with the plain SDK: the oracle that shows what the tool really did. */
export class Oracle {
  readonly client: S3Client

  /** `url`: `http://KEY:SECRET@host:port?region=REGION` */
  constructor(readonly url: string) {
    const { origin, username, password } = new URL(url)
    this.client = new S3Client({
      endpoint: origin,
      region: regionOf(url),
      forcePathStyle: true,
      credentials: { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  }

  async createBucket(bucket: string): Promise<string> {
    await this.client.send(new CreateBucketCommand({ Bucket: bucket }))
    return bucket
  }

  /** Creates a bucket with a unique name and `objects` in it. */
  async bucketWith(objects: Readonly<Record<string, Seed>>): Promise<string> {
    const bucket = await this.createBucket(uniqueBucket('test'))
    await this.seed(bucket, objects)
    return bucket
  }

  async seed(bucket: string, objects: Readonly<Record<string, Seed>>): Promise<void> {
    const waiting = Object.entries(objects)
    const putAll = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await this.put(bucket, ...next)
    }
    await Promise.all(Array.from({ length: 16 }, putAll))
  }

  async put(bucket: string, key: string, seed: Seed): Promise<void> {
    const content =
      typeof seed === 'string' || seed instanceof Uint8Array ? { Body: seed, ContentLength: Buffer.byteLength(seed) } : seed
    await this.client.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...content }))
  }

  /** Uploads in parts, as `aws s3 cp` does for a large file; `partSize` in bytes. */
  async putInParts(
    bucket: string,
    key: string,
    bytes: Uint8Array,
    partSize: number,
    more: Omit<CreateMultipartUploadCommandInput, 'Bucket' | 'Key'> = {},
  ): Promise<void> {
    const object = { Bucket: bucket, Key: key }
    const begun = await this.client.send(new CreateMultipartUploadCommand({ ...object, ...more }))
    const upload = { ...object, UploadId: begun.UploadId }
    const parts: { PartNumber: number; ETag: string | undefined }[] = []
    for (let start = 0; start < bytes.length; start += partSize) {
      const part = { PartNumber: parts.length + 1, Body: bytes.subarray(start, start + partSize) }
      const { ETag } = await this.client.send(new UploadPartCommand({ ...upload, ...part }))
      parts.push({ PartNumber: part.PartNumber, ETag })
    }
    await this.client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }))
  }

  async get(bucket: string, key: string): Promise<GetObjectCommandOutput & { readonly bytes: Buffer }> {
    const answer = await this.client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
    return { ...answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
  }

  async remove(bucket: string, keys: readonly string[]): Promise<void> {
    for (const Key of keys) await this.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
  }

  /** All keys, in JavaScript's sort order. */
  async keys(bucket: string, prefix = ''): Promise<string[]> {
    const keys: string[] = []
    let token: string | undefined
    do {
      const page = await this.client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }))
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [Key])))
      token = page.NextContinuationToken
    } while (token !== undefined)
    return keys.sort()
  }

  /** The bytes of every object as latin1 text, which is easy to compare and print. */
  async readAll(bucket: string): Promise<Record<string, string>> {
    const all: Record<string, string> = {}
    for (const key of await this.keys(bucket)) all[key] = (await this.get(bucket, key)).bytes.toString('latin1')
    return all
  }
}
