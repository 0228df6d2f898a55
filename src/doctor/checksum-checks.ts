import { createHash } from 'node:crypto'
import { headerOf } from '../io/s3/answers/answer.js'
import { rawHead, rawPut } from './raw-requests.js'
import type { CheckContext } from './check-context.js'
import { failureText, type CheckResult, no, partly, expectRefusal, yes } from './verdict.js'

/** The text that every CRC is specified with ("check" in the catalogue of parametrised CRC algorithms). */
const TEXT = '123456789'
const CHECKSUMS = {
  crc32: Buffer.from('cbf43926', 'hex').toString('base64'),
  crc64nvme: Buffer.from('ae8b14860a799888', 'hex').toString('base64'),
} as const

/** Whether the server refuses bytes that do not match Content-MD5. */
export async function checkContentMd5(context: CheckContext): Promise<CheckResult> {
  const md5 = (text: string): string => createHash('md5').update(text).digest('base64')
  await rawPut(context, 'md5', TEXT, ['content-md5', md5(TEXT)])
  const refused = await expectRefusal(() => rawPut(context, 'md5', TEXT, ['content-md5', md5('others')]))
  return refused === undefined ? no('a wrong one is accepted') : yes(`a wrong one is refused: ${refused.code}`)
}

/** Whether a checksum sent with the PUT is stored, and a wrong one refused. */
export async function checkChecksum(context: CheckContext, algorithm: keyof typeof CHECKSUMS): Promise<CheckResult> {
  const name = `x-amz-checksum-${algorithm}`
  const right = await expectRefusal(() => rawPut(context, 'checksum', TEXT, [name, CHECKSUMS[algorithm]]))
  if (right !== undefined) return no(failureText(right))
  const { headers } = await rawHead(context, 'checksum', ['x-amz-checksum-mode', 'ENABLED'])
  const kept = headerOf(headers, name) === CHECKSUMS[algorithm]
  const wrong = Buffer.alloc(Buffer.from(CHECKSUMS[algorithm], 'base64').length, 1).toString('base64')
  const refused = (await expectRefusal(() => rawPut(context, 'checksum', TEXT, [name, wrong]))) !== undefined
  if (kept && refused) return yes('kept, and a wrong one refused')
  if (!kept && !refused) return no('ignored')
  return partly(kept ? 'kept, and a wrong one too' : 'a wrong one is refused; none is kept')
}
