import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Checksum, Written } from '../../../pipeline/ports/objects.js'
import { type AnswerHeaders, headerOf } from '../answers/answer.js'
import { refusesChecksums } from '../quirks.js'
import { textIn, type XmlElement } from '../xml/read-xml.js'
import type { OnNotice } from './notice.js'

const PREFIX = 'x-amz-checksum-'
/** Whether a checksum covers the whole object, or the checksums of its parts. */
export const CHECKSUM_TYPE = `${PREFIX}type`
const ALGORITHMS = (['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const).map((algorithm) => ({
  algorithm,
  header: PREFIX + algorithm.toLowerCase(),
}))

/** The checksums of the whole object in an answer. A composite checksum, `…-N`, is omitted: it depends on the part sizes. */
export function checksumsOf(headers: AnswerHeaders): readonly Checksum[] {
  if (headers[`${PREFIX}type`] === 'COMPOSITE') return NONE
  let found: Checksum[] | undefined
  for (const { algorithm, header } of ALGORITHMS) {
    const value = headerOf(headers, header)
    if (value !== undefined && !OF_PARTS.test(value)) (found ??= []).push({ algorithm, value })
  }
  return found ?? NONE
}
const NONE: readonly Checksum[] = []

/** The same, of the answer that completes a multipart upload. */
export function checksumsIn(answer: XmlElement): readonly Checksum[] {
  if (textIn(answer, 'ChecksumType') === 'COMPOSITE') return NONE
  return ALGORITHMS.flatMap(({ algorithm }) => {
    const value = textIn(answer, `Checksum${algorithm}`)
    return value === undefined || OF_PARTS.test(value) ? [] : [{ algorithm, value }]
  })
}

/** Whether the answer has a composite checksum, which {@link checksumsOf} omits. */
export function tellsComposite(headers: AnswerHeaders): boolean {
  const ofParts = headers[`${PREFIX}type`] === 'COMPOSITE'
  return ALGORITHMS.some(
    ({ header }) => headers[header] !== undefined && (ofParts || OF_PARTS.test(headerOf(headers, header) ?? '')),
  )
}
const OF_PARTS = /-\d+$/

/** Whether a server accepts checksums: assumed until it refuses one. */
export class Announcing {
  private taken = true

  constructor(private readonly onNotice: OnNotice) {}

  /** The answer to a write, with a mark if the server refuses checksums. */
  told(written: Written): Written {
    return this.taken ? written : { ...written, refusesChecksums: true }
  }

  /**
   * Sends a request with a checksum. If the server refuses it, sends this and all later requests without one. A stream cannot be sent
   * twice: then the failure is transient.
   */
  send<T>(checksum: Checksum | undefined, repeatable: boolean, send: (announced?: Checksum) => Promise<T>): Promise<T> {
    if (checksum === undefined || !this.taken) return send()
    return send(checksum).catch((error: unknown) => {
      if (!(error instanceof StoreError && refusesChecksums(error.failure))) throw error
      const { failure } = error
      if (this.taken)
        this.onNotice('NoChecksums', `The target takes no checksums (${failure.code}); ETags and sizes are compared.`)
      this.taken = false
      if (repeatable) return send()
      throw new StoreError({ ...failure, kind: 'transient' }, { cause: error })
    })
  }
}

/** The header that announces a checksum. */
export function checksumHeader({ algorithm }: Checksum): string {
  return PREFIX + algorithm.toLowerCase()
}
