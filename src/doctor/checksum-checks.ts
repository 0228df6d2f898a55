import { createHash } from 'node:crypto'
import { headerOf } from '../io/s3/answers/answer.js'
import { head, put } from './raw-requests.js'
import type { Patient } from './subject.js'
import { inShort, type Judgement, no, partly, refusal, yes } from './verdict.js'

/** The text whose checksums every description of a CRC gives ("check" in the catalogue of parametrised CRC algorithms). */
const TEXT = '123456789'
const CHECKSUMS = {
  crc32: Buffer.from('cbf43926', 'hex').toString('base64'),
  crc64nvme: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
} as const

/** Bytes that were damaged in transit should not be stored. */
export async function contentMd5(p: Patient): Promise<Judgement> {
  const md5 = (text: string): string => createHash('md5').update(text).digest('base64')
  await put(p, 'md5', TEXT, ['content-md5', md5(TEXT)])
  const refused = await refusal(() => put(p, 'md5', TEXT, ['content-md5', md5('others')]))
  return refused === undefined ? no('a wrong one is accepted') : yes(`a wrong one is refused: ${refused.code}`)
}

/** Whether a checksum that is announced is kept, and a wrong one refused. */
export async function checksum(p: Patient, algorithm: keyof typeof CHECKSUMS): Promise<Judgement> {
  const name = `x-amz-checksum-${algorithm}`
  const right = await refusal(() => put(p, 'checksum', TEXT, [name, CHECKSUMS[algorithm]]))
  if (right !== undefined) return no(inShort(right))
  const { headers } = await head(p, 'checksum', ['x-amz-checksum-mode', 'ENABLED'])
  const kept = headerOf(headers, name) === CHECKSUMS[algorithm]
  const wrong = Buffer.alloc(Buffer.from(CHECKSUMS[algorithm], 'base64').length, 1).toString('base64')
  const refused = (await refusal(() => put(p, 'checksum', TEXT, [name, wrong]))) !== undefined
  if (kept && refused) return yes('kept, and a wrong one refused')
  if (!kept && !refused) return no('ignored')
  return partly(kept ? 'kept, and a wrong one too' : 'a wrong one is refused; none is kept')
}
