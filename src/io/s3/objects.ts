import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { GetObjectCommandOutput, HeadObjectCommandOutput } from '@aws-sdk/client-s3'
import { Readable } from 'node:stream'
import { StoreError } from '../../pipeline/errors.js'
import type { ByteRange, ObjectHead, ObjectStore } from '../../pipeline/ports.js'
import { attributesOf, inputOf } from './attributes.js'
import { incoming } from './body.js'
import type { Calls } from './calls.js'
import { plainEtag } from './etag.js'
import { EXPIRES_AS_TEXT, expiresAsText } from './expires.js'
import { ownFailure } from './failures.js'
import type { KeyCheck } from './key-check.js'
import { sendBody } from './send-body.js'
import { Watch } from './watch.js'

/** Reading and writing whole objects; see {@link ObjectStore}. */
export function objectCalls(calls: Calls, checkKey: KeyCheck): Pick<ObjectStore, 'head' | 'get' | 'put'> {
  return {
    async head({ bucket, key, partNumber, signal }) {
      const command = new HeadObjectCommand({ Bucket: bucket, Key: key, PartNumber: partNumber, ChecksumMode: 'ENABLED' })
      const answer = await calls.ask('HeadObject', bucket, signal, (client, options) => client.send(command, options))
      return headOf('HeadObject', answer, answer.ContentLength)
    },

    async get({ bucket, key, ifMatch, range, signal }) {
      const watch = new Watch('GetObject', signal)
      const command = new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        IfMatch: ifMatch === undefined ? undefined : `"${ifMatch}"`,
        Range: range === undefined ? undefined : `bytes=${range.start}-${range.end - 1}`,
      })
      try {
        const answer = await calls.send(watch, bucket, (client, options) => client.send(command, options))
        if (!(answer.Body instanceof Readable)) throw new Error('a body is a stream in Node')
        const { length, size } = extent(answer, range)
        return { ...headOf('GetObject', answer, size), length, body: incoming(answer.Body, length, watch, calls.timeouts) }
      } catch (error) {
        watch.fail(asChanged(watch.reason(error), ifMatch))
        watch.end()
        throw watch.reason(error)
      }
    },

    async put({ bucket, key, body, size, attributes, md5, signal }) {
      const ContentMD5 = md5 === undefined ? undefined : Buffer.from(md5, 'hex').toString('base64')
      const etag = await sendBody('PutObject', calls, { bucket, body, size, signal }, (client, payload, options) => {
        const command = new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: payload,
          ContentLength: size,
          ContentMD5,
          ...inputOf(attributes),
        })
        if (attributes.expires !== undefined) command.middlewareStack.add(expiresAsText(attributes.expires), EXPIRES_AS_TEXT)
        return client.send(command, options)
      })
      await checkKey({ bucket, key, signal })
      return { etag }
    },
  }
}

/** What an answer tells of its body; fails when it is not the range that was asked for: an ignored Range comes as a clean 200. */
function extent(
  { ContentLength, ContentRange }: GetObjectCommandOutput,
  range: ByteRange | undefined,
): { length: number; size: number } {
  const told = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(ContentRange ?? '')
  const exact = range === undefined || (Number(told?.[1]) === range.start && Number(told?.[2]) === range.end - 1)
  if (ContentLength === undefined || !exact) {
    const message = `asked for ${range === undefined ? 'a length' : `bytes ${range.start}-${range.end - 1}`}, got ${ContentRange ?? 'none'}`
    throw new StoreError(ownFailure('GetObject', 'WrongRange', message))
  }
  return { length: ContentLength, size: told === null ? ContentLength : Number(told[3]) }
}

/** The pinned object is not there any more as it was. */
function asChanged(error: StoreError, ifMatch: string | undefined): StoreError {
  if (ifMatch === undefined || error.failure.status !== 412) return error
  return new StoreError({ ...error.failure, kind: 'changed' }, { cause: error })
}

function headOf(
  operation: string,
  answer: HeadObjectCommandOutput | GetObjectCommandOutput,
  size: number | undefined,
): ObjectHead {
  if (size === undefined) throw new StoreError(ownFailure(operation, 'NoSize', 'the server does not tell the size'))
  return {
    size,
    etag: plainEtag(answer.ETag),
    lastModified: answer.LastModified?.getTime() ?? 0,
    attributes: attributesOf(answer),
    checksums: checksumsOf(answer),
  }
}

const CHECKSUMS = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

/** Only of the whole object: a composite one depends on the part sizes. */
function checksumsOf(answer: HeadObjectCommandOutput | GetObjectCommandOutput): Readonly<Record<string, string>> {
  if (answer.ChecksumType === 'COMPOSITE') return {}
  return Object.fromEntries(
    CHECKSUMS.flatMap((algorithm) => {
      const checksum = answer[`Checksum${algorithm}`]
      return checksum === undefined || /-\d+$/.test(checksum) ? [] : [[algorithm, checksum]]
    }),
  )
}
