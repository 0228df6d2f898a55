import type { Checksum } from '../../pipeline/ports.js'
import { type AnswerHeaders, headerOf } from './exchange.js'

const PREFIX = 'x-amz-checksum-'
const ALGORITHMS = (['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const).map((algorithm) => ({
  algorithm,
  header: PREFIX + algorithm.toLowerCase(),
}))

/** What an answer tells of the whole object: a composite checksum, `…-N`, depends on the part sizes and is left out. */
export function checksumsOf(headers: AnswerHeaders): readonly Checksum[] {
  if (headers[`${PREFIX}type`] === 'COMPOSITE') return NONE
  let found: Checksum[] | undefined
  for (const { algorithm, header } of ALGORITHMS) {
    const value = headerOf(headers, header)
    if (value !== undefined && !/-\d+$/.test(value)) (found ??= []).push({ algorithm, value })
  }
  return found ?? NONE
}
const NONE: readonly Checksum[] = []

/** The header that announces a checksum. */
export function checksumHeader({ algorithm }: Checksum): string {
  return PREFIX + algorithm.toLowerCase()
}
