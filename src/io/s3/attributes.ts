import type { GetObjectCommandOutput, HeadObjectCommandOutput, PutObjectCommandInput } from '@aws-sdk/client-s3'
import type { ObjectAttributes } from '../../pipeline/ports.js'
import { fromHeader } from './headers.js'

type Answer = HeadObjectCommandOutput | GetObjectCommandOutput

/** What an answer tells to travel with the bytes. */
export function attributesOf(answer: Answer): ObjectAttributes {
  const contentEncoding = plainEncoding(answer.ContentEncoding)
  return {
    ...(answer.ContentType === undefined ? {} : { contentType: fromHeader(answer.ContentType) }),
    ...(answer.CacheControl === undefined ? {} : { cacheControl: fromHeader(answer.CacheControl) }),
    ...(answer.ContentDisposition === undefined ? {} : { contentDisposition: fromHeader(answer.ContentDisposition) }),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(answer.ContentLanguage === undefined ? {} : { contentLanguage: fromHeader(answer.ContentLanguage) }),
    ...(answer.ExpiresString === undefined ? {} : { expires: fromHeader(answer.ExpiresString) }),
    metadata: Object.fromEntries(Object.entries(answer.Metadata ?? {}).map(([name, value]) => [name, fromHeader(value)])),
  }
}

/** Some servers keep `aws-chunked`, which was about the request and not the object (knowledge of VersityGW). */
function plainEncoding(encoding: string | undefined): string | undefined {
  const rest = encoding?.split(',').filter((one) => one.trim().toLowerCase() !== 'aws-chunked')
  return rest === undefined || rest.length === 0 ? undefined : rest.join(',').trim()
}

type Input = Pick<
  PutObjectCommandInput,
  'ContentType' | 'CacheControl' | 'ContentDisposition' | 'ContentEncoding' | 'ContentLanguage' | 'Metadata'
>

/** The same as a request has it, without Expires, which the SDK takes as a date only. */
export function inputOf(attributes: ObjectAttributes): Input {
  return {
    ContentType: attributes.contentType,
    CacheControl: attributes.cacheControl,
    ContentDisposition: attributes.contentDisposition,
    ContentEncoding: attributes.contentEncoding,
    ContentLanguage: attributes.contentLanguage,
    Metadata: { ...attributes.metadata },
  }
}
