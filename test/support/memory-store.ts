import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { withReason } from '../../src/io/failure-reasons.js'
import { asBody } from '../../src/pipeline/ports/body.js'
import { type Failure, StoreError } from '../../src/pipeline/ports/failure.js'
import { compareKeys } from '../../src/pipeline/ports/key-order.js'
import { type Acl, type Extras, NO_PROPERTIES, type Properties, type Tags } from '../../src/pipeline/ports/object-metadata.js'
import type { NotDeleted, ObjectStore, StoreClock, StoreTraits } from '../../src/pipeline/ports/object-store.js'
import type {
  Body,
  Cancellable,
  Checksum,
  ListPage,
  ListRequest,
  ObjectAttributes,
  ObjectHead,
  ObjectRef,
  VersionRef,
  Written,
} from '../../src/pipeline/ports/objects.js'
import type {
  BucketRules,
  MetadataCalls,
  MultipartUploads,
  ObjectVersions,
  ServerSideCopies,
  VersionPage,
} from '../../src/pipeline/ports/store-facets.js'
import { Histories } from './histories.js'

interface StoredObject {
  readonly bytes: Buffer
  readonly etag: string
  readonly lastModified: number
  readonly attributes: ObjectAttributes
  readonly tags?: Tags
  readonly properties?: Properties
  readonly acl?: Acl
  /** In listings: the object must be restored before it can be read. */
  readonly archived?: true
  /** bytes of the first part, if it was written in parts */
  readonly partSize?: number
  /** Replaces the checksums that `MemoryStoreOptions.checksums` would give. */
  readonly checksums?: readonly Checksum[]
  readonly isComposite?: true
}

interface Upload {
  readonly bucket: string
  readonly key: string
  readonly attributes: ObjectAttributes
  readonly extras: Extras | undefined
  readonly parts: Map<number, Buffer>
}

export interface MemoryStoreOptions {
  /** entries per page of a listing */
  readonly pageSize?: number
  /** The order of its keys; AWS sorts by UTF-8 bytes. */
  readonly order?: (a: string, b: string) => number
  /** Whether its ETags are MD5s; else they are random words, as with encryption. */
  readonly md5?: boolean
  /** Replaces both: random words that look like MD5s, as some servers generate. */
  readonly inventsMd5s?: boolean
  /** Its listings have no ETags. */
  readonly listsNoEtags?: boolean
  readonly traits?: StoreTraits
  /** Its objects are files, without metadata. */
  readonly hasNoMetadata?: boolean
  /** The store's time, ms; by default it advances with each write to any of these stores. */
  readonly now?: () => number
  /** What is known of that time from outside; by default everything. */
  readonly clock?: () => StoreClock
  /** Whether it stores a checksum of each object, and refuses bytes that differ from the announced checksum. */
  readonly checksums?: boolean
  /** The part of a write's extras that it stores; it silently drops the rest. */
  readonly keeps?: (extras: Extras) => Extras
  /** Its failure for writes with certain extras. */
  readonly refuses?: (extras: Extras) => Failure | undefined
  readonly rules?: BucketRules
  /** Its answer for all buckets; by default only buckets made with {@link MemoryStore.keeping} keep versions. */
  readonly versioning?: 'kept' | 'suspended'
}

type Facets = MultipartUploads & ServerSideCopies & ObjectVersions & MetadataCalls
type Method = Exclude<
  keyof ObjectStore | keyof Facets,
  'traits' | 'clock' | 'multipart' | 'serverSideCopies' | 'versions' | 'metadata' | 'files'
>
type Fault = (call: Partial<Pick<ListRequest & ObjectRef, 'key' | 'bucket' | 'prefix'>>, count: number) => Failure | undefined

/** Writes to any of these stores are a second apart, and only one in a thousand is at a whole second. */
let lastWrite = Date.UTC(2026, 10, 23)
const HOUR = 3_600_000
const CHUNK = 7

/** An S3 endpoint in memory, for the pipeline's tests. Passes the suite in test/contract. */
export class MemoryStore implements ObjectStore, Facets {
  readonly traits: StoreTraits
  readonly calls = new Map<Method, number>()
  /** The deleted keys, in order. */
  readonly deleted: string[] = []
  readonly uploads = new Map<string, Upload>()
  private readonly buckets = new Map<string, Map<string, StoredObject>>()
  /** Sorted keys for listings, until a key is added or deleted. */
  private readonly listings = new Map<string, readonly string[]>()
  private readonly faults: { readonly method: Method; readonly fault: Fault }[] = []
  /** Buckets created with object locks; all buckets accept locks. */
  private readonly locking = new Set<string>()
  private readonly histories = new Histories<StoredObject>()
  private writes = 0
  /** How many bodies were checked against an announced checksum. */
  checked = 0
  /** How many of the next bodies get damaged in transit. */
  damages = 0

  constructor(private readonly options: MemoryStoreOptions = {}) {
    this.traits = options.traits ?? { seeks: true, holdsFolders: true }
  }

  get multipart(): this {
    return this
  }

  get serverSideCopies(): this {
    return this
  }

  get versions(): this {
    return this
  }

  get metadata(): this | undefined {
    return this.options.hasNoMetadata === true ? undefined : this
  }

  clock(): StoreClock | undefined {
    return this.options.clock?.() ?? { of: 'memory', nowMs: this.options.now?.() ?? lastWrite + HOUR, withinMs: 0 }
  }

  /** Adds an object, and its bucket. */
  seed(bucket: string, key: string, content: string | Buffer, more: Partial<Omit<StoredObject, 'bytes'>> = {}): this {
    const objects = this.buckets.get(bucket) ?? new Map<string, StoredObject>()
    this.buckets.set(bucket, objects)
    if (!objects.has(key)) this.listings.delete(bucket)
    const bytes = Buffer.from(content)
    const object = { bytes, etag: this.etagOf(bytes), lastModified: this.tick(), attributes: { metadata: {} }, ...more }
    objects.set(key, object)
    this.histories.add(bucket, key, object, object.lastModified)
    return this
  }

  /** Creates a bucket that keeps versions, or enables versioning of an existing one. */
  keeping(bucket: string): this {
    const objects = this.buckets.get(bucket) ?? new Map<string, StoredObject>()
    this.buckets.set(bucket, objects)
    this.histories.keep(bucket, [...objects])
    return this
  }

  /** Deletes an object so that a delete marker remains. */
  mark(bucket: string, key: string): string | undefined {
    this.remove(bucket, key)
    return this.histories.add(bucket, key, undefined, this.tick())
  }

  /** The history of a key, oldest first: contents, and `-` for a delete marker. */
  history(bucket: string, key: string): readonly string[] {
    return this.histories.of(bucket, key).map(({ object }) => object?.bytes.toString() ?? '-')
  }

  /** The content of a bucket, as text by key; undefined when the bucket does not exist. */
  contents(bucket: string): Readonly<Record<string, string>> | undefined {
    const objects = this.buckets.get(bucket)
    return objects && Object.fromEntries([...objects].map(([key, { bytes }]) => [key, bytes.toString()]))
  }

  object(bucket: string, key: string): StoredObject | undefined {
    return this.buckets.get(bucket)?.get(key)
  }

  remove(bucket: string, key: string): void {
    this.buckets.get(bucket)?.delete(key)
    this.listings.delete(bucket)
  }

  /** Makes calls of `method` fail as `fault` returns; `count` is the number of the call to that method, from 1. */
  failing(method: Method, fault: Fault): this {
    this.faults.push({ method, fault })
    return this
  }

  async listPage(request: ListRequest): Promise<ListPage> {
    const { bucket, prefix, after, token, limit } = await this.called('listPage', request)
    const order = this.options.order ?? compareKeys
    const behind = token ?? after
    const keys = this.sorted(bucket).filter((key) => key.startsWith(prefix) && (behind === undefined || order(key, behind) > 0))
    const end = limit ?? this.options.pageSize ?? 1000
    const entries = keys.slice(0, end).map((key) => {
      const { bytes, lastModified, properties, archived, ...object } = this.found(bucket, key, 'ListObjectsV2')
      const etag = this.options.listsNoEtags === true ? '' : object.etag
      const storageClass = properties?.storageClass
      return { key, size: bytes.length, etag, lastModified, ...(storageClass && { storageClass }), ...(archived && { archived }) }
    })
    return end < keys.length ? { entries, next: keys[end - 1] ?? '' } : { entries }
  }

  async listVersions(request: ListRequest): Promise<VersionPage> {
    await this.called('listVersions', request)
    this.bucket(request.bucket, 'ListObjectVersions')
    if (!this.histories.keeps(request.bucket)) {
      const { entries, ...rest } = await this.listPage(request)
      return { entries: entries.map((entry) => ({ ...entry, versionId: 'null', isMarker: false, isLatest: true })), ...rest }
    }
    const { versions, ...rest } = this.histories.page(request, this.options.pageSize ?? 1000, this.options.order)
    const entries = versions.map(({ key, versionId, object, at, isLatest }) => ({
      ...{ key, versionId, isMarker: object === undefined, isLatest },
      ...{ size: object?.bytes.length ?? 0, etag: object?.etag ?? '', lastModified: at },
      ...(object?.archived && { archived: object.archived }),
    }))
    return { entries, ...rest }
  }

  async putMarker(request: Parameters<ObjectVersions['putMarker']>[0]): Promise<{ readonly versionId?: string }> {
    const { bucket, key } = await this.called('putMarker', request)
    this.bucket(bucket, 'DeleteObject')
    const versionId = this.mark(bucket, key)
    return versionId === undefined ? {} : { versionId }
  }

  async keepVersions(request: Parameters<ObjectVersions['keepVersions']>[0]): Promise<void> {
    const { bucket } = await this.called('keepVersions', request)
    this.bucket(bucket, 'PutBucketVersioning')
    this.keeping(bucket)
  }

  async head(request: Parameters<ObjectStore['head']>[0]): Promise<ObjectHead> {
    const { bucket, key, versionId, partNumber } = await this.called('head', request)
    const object = this.found(bucket, key, 'HeadObject', versionId)
    return { ...this.headOf(object), size: (partNumber === undefined ? undefined : object.partSize) ?? object.bytes.length }
  }

  async get(request: Parameters<ObjectStore['get']>[0]) {
    const { bucket, key, versionId, ifMatch, range, signal } = await this.called('get', request)
    const object = this.found(bucket, key, 'GetObject', versionId)
    if (ifMatch !== undefined && ifMatch !== object.etag) throw failed('changed', 'GetObject', 'PreconditionFailed', 412)
    const bytes = range === undefined ? object.bytes : object.bytes.subarray(range.start, range.end)
    function* chunks(): Generator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += CHUNK * 1024) {
        if (signal.aborted) throw failed('permanent', 'GetObject', 'Aborted')
        yield bytes.subarray(at, at + CHUNK * 1024)
      }
    }
    return { ...this.headOf(object), length: bytes.length, body: Readable.from(chunks(), { objectMode: false }) }
  }

  async put(request: Parameters<ObjectStore['put']>[0]): Promise<Written> {
    const { bucket, key, body, size, attributes, md5: announced, checksum, extras, signal } = await this.called('put', request)
    this.bucket(bucket, 'PutObject')
    this.refuse(extras)
    const bytes = this.damaged(await read('PutObject', asBody(body), size, signal))
    if (announced !== undefined && announced !== md5(bytes)) throw failed('transient', 'PutObject', 'BadDigest', 400)
    this.check(bytes, checksum, 'PutObject')
    this.seed(bucket, key, bytes, { attributes, ...this.kept(extras) })
    return this.writtenOf(bucket, key)
  }

  async copy(request: Parameters<ServerSideCopies['copy']>[0]): Promise<Written> {
    const { bucket, key, from, ifMatch, attributes: told, extras } = await this.called('copy', request)
    this.bucket(bucket, 'CopyObject')
    this.refuse(extras)
    const { bytes, attributes, tags } = this.pinned(from, ifMatch, 'CopyObject')
    this.seed(bucket, key, bytes, { attributes: told ?? attributes, ...(tags && { tags }), ...this.kept(extras) })
    return this.writtenOf(bucket, key)
  }

  async copyPart(request: Parameters<ServerSideCopies['copyPart']>[0]) {
    const { uploadId, number, from, ifMatch, range } = await this.called('copyPart', request)
    const bytes = this.pinned(from, ifMatch, 'UploadPartCopy').bytes.subarray(range.start, range.end)
    this.upload(uploadId, 'UploadPartCopy').parts.set(number, bytes)
    return { number, etag: md5(bytes) }
  }

  async tags(request: Parameters<MetadataCalls['tags']>[0]): Promise<Tags> {
    const { bucket, key, versionId } = await this.called('tags', request)
    return this.found(bucket, key, 'GetObjectTagging', versionId).tags ?? {}
  }

  async putTags(request: Parameters<MetadataCalls['putTags']>[0]): Promise<void> {
    const { bucket, key, versionId, tags } = await this.called('putTags', request)
    this.refuse({ tags })
    const kept = this.kept({ tags }).tags
    this.change(bucket, key, versionId, 'PutObjectTagging', (object) => ({ ...object, ...(kept && { tags: kept }) }))
  }

  async acl(request: Parameters<MetadataCalls['acl']>[0]): Promise<Acl> {
    const { bucket, key, versionId } = await this.called('acl', request)
    return this.found(bucket, key, 'GetObjectAcl', versionId).acl ?? { canned: 'private' }
  }

  async lock(request: Parameters<MetadataCalls['lock']>[0]): Promise<void> {
    const { bucket, key, versionId, retention, legalHold } = await this.called('lock', request)
    const asked = { ...(retention && { retention }), ...(legalHold && { legalHold }) }
    this.refuse(asked)
    const kept = this.kept(asked).properties
    const locked = (object: StoredObject) => ({ ...object, properties: { ...object.properties, ...kept } })
    this.change(bucket, key, versionId, 'PutObjectRetention', locked)
  }

  async versioning(request: Parameters<ObjectVersions['versioning']>[0]): Promise<'kept' | 'suspended' | 'none'> {
    const { bucket } = await this.called('versioning', request)
    return this.options.versioning ?? (this.histories.keeps(bucket) || this.locking.has(bucket) ? 'kept' : 'none')
  }

  async bucketRules(request: Parameters<MetadataCalls['bucketRules']>[0]): Promise<BucketRules> {
    await this.called('bucketRules', request)
    return this.options.rules ?? { locks: this.locking.has(request.bucket), website: false }
  }

  async createUpload(request: Parameters<MultipartUploads['createUpload']>[0]): Promise<{ readonly uploadId: string }> {
    const { bucket, key, attributes, extras } = await this.called('createUpload', request)
    this.bucket(bucket, 'CreateMultipartUpload')
    this.refuse(extras)
    const uploadId = `upload-${++this.writes}`
    this.uploads.set(uploadId, { bucket, key, attributes, extras, parts: new Map() })
    return { uploadId }
  }

  async uploadPart(request: Parameters<MultipartUploads['uploadPart']>[0]) {
    const { uploadId, number, body, size, signal } = await this.called('uploadPart', request)
    const upload = this.upload(uploadId, 'UploadPart')
    const bytes = this.damaged(await read('UploadPart', asBody(body), size, signal))
    upload.parts.set(number, bytes)
    return { number, etag: md5(bytes) }
  }

  async completeUpload(request: Parameters<MultipartUploads['completeUpload']>[0]): Promise<Written> {
    const { uploadId, parts, checksum } = await this.called('completeUpload', request)
    const upload = this.upload(uploadId, 'CompleteMultipartUpload')
    const bodies = parts.map(({ number, etag }) => {
      const bytes = upload.parts.get(number)
      if (bytes === undefined || md5(bytes) !== etag) throw failed('permanent', 'CompleteMultipartUpload', 'InvalidPart', 400)
      return bytes
    })
    this.check(Buffer.concat(bodies), checksum, 'CompleteMultipartUpload')
    const digest = createHash('md5')
    for (const bytes of bodies) digest.update(Buffer.from(md5(bytes), 'hex'))
    const etag = `${digest.digest('hex')}-${bodies.length}`
    const partSize = bodies[0]?.length ?? 0
    const { attributes, extras } = upload
    this.seed(upload.bucket, upload.key, Buffer.concat(bodies), { attributes, ...this.kept(extras), etag, partSize })
    this.uploads.delete(uploadId)
    return this.writtenOf(upload.bucket, upload.key)
  }

  async listParts(request: Parameters<MultipartUploads['listParts']>[0]): ReturnType<MultipartUploads['listParts']> {
    const { uploadId } = await this.called('listParts', request)
    const parts = [...this.upload(uploadId, 'ListParts').parts].sort(([a], [b]) => a - b)
    return parts.map(([number, bytes]) => ({ number, etag: md5(bytes), size: bytes.length }))
  }

  async abortUpload(request: Parameters<MultipartUploads['abortUpload']>[0]): Promise<void> {
    const { uploadId } = await this.called('abortUpload', request)
    this.uploads.delete(uploadId)
  }

  /** A fault may name one key: then that key is not deleted. */
  async deleteObjects(request: Parameters<ObjectStore['deleteObjects']>[0]): Promise<readonly NotDeleted[]> {
    const { bucket, keys } = await this.called('deleteObjects', request)
    this.bucket(bucket, 'DeleteObjects')
    return keys.flatMap((key) => {
      const failure = this.faultOf('deleteObjects', { bucket, key }, this.calls.get('deleteObjects') ?? 0)
      if (failure !== undefined) return [{ key, failure }]
      if (this.object(bucket, key) !== undefined) this.deleted.push(key)
      if (this.histories.keeps(bucket)) this.mark(bucket, key)
      else this.remove(bucket, key)
      return []
    })
  }

  async headBucket(request: Parameters<ObjectStore['headBucket']>[0]): Promise<'exists' | 'missing'> {
    const { bucket } = await this.called('headBucket', request)
    return this.buckets.has(bucket) ? 'exists' : 'missing'
  }

  async createBucket(request: Parameters<ObjectStore['createBucket']>[0]): Promise<'created' | 'existed'> {
    const { bucket, locks } = await this.called('createBucket', request)
    if (this.buckets.has(bucket)) return 'existed'
    this.buckets.set(bucket, new Map())
    if (locks === true) this.locking.add(bucket)
    return 'created'
  }

  /** Counts the call, waits a moment as for a network, and fails if a fault applies. */
  private async called<R extends Cancellable & { readonly key?: string; readonly bucket?: string }>(
    method: Method,
    request: R,
  ): Promise<R> {
    const count = (this.calls.get(method) ?? 0) + 1
    this.calls.set(method, count)
    await Promise.resolve()
    if (request.signal.aborted) throw failed('permanent', method, 'Aborted')
    const failure = this.faultOf(method, request, count)
    if (failure !== undefined) throw new StoreError(failure)
    return request
  }

  private faultOf(method: Method, call: Parameters<Fault>[0], count: number): Failure | undefined {
    for (const { method: failing, fault } of this.faults) {
      const failure = failing === method ? fault(call, count) : undefined
      if (failure !== undefined) return failure
    }
    return undefined
  }

  private sorted(bucket: string): readonly string[] {
    const keys = this.bucket(bucket, 'ListObjectsV2').keys()
    const known = this.listings.get(bucket) ?? [...keys].sort(this.options.order ?? compareKeys)
    this.listings.set(bucket, known)
    return known
  }

  private bucket(name: string, operation: string): Map<string, StoredObject> {
    const bucket = this.buckets.get(name)
    if (bucket === undefined) throw failed('fatal', operation, 'NoSuchBucket', 404)
    return bucket
  }

  private found(bucket: string, key: string, operation: string, versionId?: string): StoredObject {
    const latest = this.bucket(bucket, operation).get(key)
    const version = this.histories.of(bucket, key).find((one) => one.versionId === versionId)
    const isPlain = versionId === undefined || (versionId === 'null' && !this.histories.keeps(bucket))
    const object = isPlain ? latest : version?.object
    if (object === undefined) throw failed('permanent', operation, 'NoSuchKey', 404)
    return object
  }

  private change(
    bucket: string,
    key: string,
    versionId: string | undefined,
    operation: string,
    changed: (object: StoredObject) => StoredObject,
  ): void {
    const object = this.found(bucket, key, operation, versionId)
    if (this.object(bucket, key) === object) this.buckets.get(bucket)?.set(key, changed(object))
    this.histories.change(bucket, key, versionId, changed(object))
  }

  private refuse(extras: Extras = {}): void {
    const failure = this.options.refuses?.(extras)
    if (failure !== undefined) throw new StoreError(failure)
  }

  /** The part of a write's extras that the store keeps. */
  private kept(extras: Extras = {}): Pick<StoredObject, 'properties' | 'tags' | 'acl'> {
    const { tags, acl, ...properties } = this.options.keeps?.(extras) ?? extras
    return { properties, ...(tags && { tags }), ...(acl && { acl }) }
  }

  private writtenOf(bucket: string, key: string): Written {
    const { etag, properties } = this.found(bucket, key, 'PutObject')
    const versionId = this.histories.of(bucket, key).at(-1)?.versionId
    return {
      etag,
      ...(versionId !== undefined && { versionId }),
      ...(properties?.encryption && { encryption: properties.encryption }),
    }
  }

  private pinned({ bucket, key, versionId }: VersionRef, ifMatch: string | undefined, operation: string): StoredObject {
    const object = this.found(bucket, key, operation, versionId)
    if (ifMatch !== undefined && ifMatch !== object.etag) throw failed('changed', operation, 'PreconditionFailed', 412)
    return object
  }

  private upload(id: string, operation: string): Upload {
    const upload = this.uploads.get(id)
    if (upload === undefined) throw failed('permanent', operation, 'NoSuchUpload', 404)
    return upload
  }

  private headOf(object: StoredObject): ObjectHead {
    const { bytes, etag, lastModified, attributes, properties, tags, checksums: kept, isComposite } = object
    const checksums = kept ?? (this.options.checksums === true ? [checksumOf(bytes)] : [])
    const about = { attributes, properties: properties ?? NO_PROPERTIES, checksums, tagCount: Object.keys(tags ?? {}).length }
    return { size: bytes.length, etag, lastModified, ...about, ...(isComposite && { isComposite }) }
  }

  private check(bytes: Buffer, announced: Checksum | undefined, operation: string): void {
    if (announced === undefined || this.options.checksums !== true) return
    this.checked++
    if (announced.value !== checksumOf(bytes).value) throw failed('transient', operation, 'BadDigest', 400)
  }

  private damaged(bytes: Buffer): Buffer {
    if (this.damages-- <= 0 || bytes.length === 0) return bytes
    return Buffer.concat([Buffer.from([(bytes[0] ?? 0) ^ 1]), bytes.subarray(1)])
  }

  private etagOf(bytes: Buffer): string {
    if (this.options.inventsMd5s === true) return md5(Buffer.from(`${++this.writes}`))
    return this.options.md5 === false ? `random-${++this.writes}` : md5(bytes)
  }

  private tick(): number {
    return this.options.now?.() ?? (lastWrite += 1_001)
  }
}

/** A failure in the form that a store reports. */
export function failureOf(kind: Failure['kind'], code: string, operation = 'GetObject', status?: number): Failure {
  return withReason({ kind, operation, code, message: code, ...(status === undefined ? {} : { status }) })
}

function failed(kind: Failure['kind'], operation: string, code: string, status?: number): StoreError {
  return new StoreError(failureOf(kind, code, operation, status))
}

/** Replaces the checksum that S3 stores for every object. */
function checksumOf(bytes: Buffer): Checksum {
  return { algorithm: 'CRC64NVME', value: createHash('sha1').update(bytes).digest('base64') }
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex')
}

async function read(operation: string, body: Body, size: number, signal: AbortSignal): Promise<Buffer> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(failed('permanent', operation, 'Aborted')), { once: true })
  })
  const bytes = Buffer.concat(await Promise.race([gather(body), aborted]))
  if (bytes.length !== size) throw failed('transient', operation, 'TruncatedBody')
  return bytes
}

async function gather(body: Body): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks
}
