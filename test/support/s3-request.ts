/** A request to a path-style S3 endpoint, parsed from its request line. */
export interface S3Request {
  readonly method: string
  /** As in the API reference, e.g. `GetObject`; `Other` for operations that this tool never sends. */
  readonly operation: string
  /** Empty for ListBuckets. */
  readonly bucket: string
  /** Decoded; empty for requests that concern the whole bucket. */
  readonly key: string
  readonly query: URLSearchParams
}

/** Parses `GET /bucket/key?query`. Not with `new URL`, which would resolve `..` segments, although they are part of a key. */
export function parseS3Request(method: string, target: string, copySource: string | undefined): S3Request {
  const [path = '', search = ''] = target.split(/\?(.*)/s, 2)
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? []
  const query = new URLSearchParams(search)
  const level = bucket === '' ? 'service' : key === '' ? 'bucket' : 'object'
  const operation = operationOf(method, level, query, copySource !== undefined)
  return { method, operation, bucket: decodeURIComponent(bucket), key: decodeURIComponent(key), query }
}

/** Query parameters that select a property of a bucket or an object, and S3's word for that property. */
const ABOUT = [
  ['versioning', 'bucket', 'BucketVersioning'],
  ['object-lock', 'bucket', 'ObjectLockConfiguration'],
  ['website', 'bucket', 'BucketWebsite'],
  ['encryption', 'bucket', 'BucketEncryption'],
  ['tagging', 'object', 'ObjectTagging'],
  ['acl', 'object', 'ObjectAcl'],
  ['retention', 'object', 'ObjectRetention'],
  ['legal-hold', 'object', 'ObjectLegalHold'],
] as const
const VERBS: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' }

function operationOf(method: string, level: 'service' | 'bucket' | 'object', query: URLSearchParams, copies: boolean): string {
  if (level === 'service') return method === 'GET' ? 'ListBuckets' : 'Other'
  const about = ABOUT.find(([name, at]) => at === level && query.has(name))?.[2]
  if (about !== undefined) return `${VERBS[method] ?? 'Other'}${about}`
  if (level === 'bucket') return bucketOperation(method, query)
  const upload = query.has('uploadId')
  switch (method) {
    case 'GET':
      return upload ? 'ListParts' : 'GetObject'
    case 'HEAD':
      return 'HeadObject'
    case 'PUT':
      if (upload) return copies ? 'UploadPartCopy' : 'UploadPart'
      return copies ? 'CopyObject' : 'PutObject'
    case 'POST':
      return query.has('uploads') ? 'CreateMultipartUpload' : upload ? 'CompleteMultipartUpload' : 'Other'
    case 'DELETE':
      return upload ? 'AbortMultipartUpload' : 'DeleteObject'
    default:
      return 'Other'
  }
}

function bucketOperation(method: string, query: URLSearchParams): string {
  switch (method) {
    case 'GET':
      if (query.has('location')) return 'GetBucketLocation'
      if (query.has('uploads')) return 'ListMultipartUploads'
      if (query.has('versions')) return 'ListObjectVersions'
      return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects'
    case 'HEAD':
      return 'HeadBucket'
    case 'PUT':
      return 'CreateBucket'
    case 'POST':
      return query.has('delete') ? 'DeleteObjects' : 'Other'
    case 'DELETE':
      return 'DeleteBucket'
    default:
      return 'Other'
  }
}
