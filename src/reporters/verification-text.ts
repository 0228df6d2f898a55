import type { Difference, Proof } from '../pipeline/events/reasons.js'
import { compared, type NamedDifference, type Verified } from '../pipeline/state/verification-totals.js'
import type { Summary } from '../pipeline/state/summary.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { formatCount, formatObjects } from './text-format.js'

/** How many differences are named at the end. */
const NAMED = 10

/** How an object differs. */
export const DIFFERENCE_TEXT: Readonly<Record<Difference, string>> = {
  missing: 'is missing at the target',
  extra: 'exists only at the target',
  size: 'differs in size',
  checksum: 'differs in its checksum',
  bytes: 'differs in its bytes',
  metadata: 'differs in its metadata',
}

const PROOF_TEXT: Readonly<Record<Proof, string>> = {
  etag: 'by ETag',
  checksum: 'by checksum',
  recomputed: 'by an ETag computed from the other side’s bytes',
  bytes: 'by reading both',
  size: 'by size alone',
}

/** `1,200 objects compared: 1,190 equal, 10 different` */
export function comparisonText(verified: Verified): string {
  const { different, failed } = verified
  const parts = [
    `${formatCount(equalCount(verified))} equal`,
    different > 0 && `${formatCount(different)} different`,
    failed > 0 && `${formatCount(failed)} could not be compared`,
  ].filter((part) => part !== false)
  return `${formatObjects(compared(verified))} compared: ${parts.join(', ')}`
}

/** The result of the comparison: how objects were proven equal, and the first that differ by name. */
export function verificationLines({ verified, differences }: Summary, paint: Palette): string[] {
  if (verified === undefined) return []
  const proofs = (['etag', 'checksum', 'recomputed', 'bytes', 'size'] as const).flatMap((proof) => {
    const many = verified.proofs[proof] ?? 0
    return many === 0 ? [] : [`${formatCount(many)} ${PROOF_TEXT[proof]}`]
  })
  const more = verified.different - Math.min(NAMED, differences.length)
  return [
    `${paint.name('Verified')}: ${comparisonText(verified)}`,
    ...(proofs.length === 0 ? [] : [paint.quiet(`       equal ${proofs.join(', ')}`)]),
    ...differences.slice(0, NAMED).map((one) => `  ${paint.bad('✗')} ${differenceLine(one)}`),
    ...(more > 0 ? [`    and ${formatCount(more)} more`] : []),
    ...((verified.proofs.size ?? 0) > 0
      ? [
          `  ${paint.warning('→')} Only the size of ${formatObjects(verified.proofs.size ?? 0)} could be compared; --deep reads both sides.`,
        ]
      : []),
  ]
}

/** `media/a.jpg differs in size` */
export function differenceLine({ pair, key, difference }: NamedDifference): string {
  const side = difference === 'extra' ? 'target' : 'source'
  return `${printable(`${pair[side].bucket}/${key}`)} ${DIFFERENCE_TEXT[difference]}`
}

/** How many objects are equal, including those compared by size only. */
export function equalCount(verified: Verified): number {
  return compared(verified) - verified.different - verified.failed
}

/** The result of the objects that could be compared. */
export function othersText(verified: Verified): string {
  const { different } = verified
  if (different > 0) return different === 1 ? '1 other differs' : `${formatCount(different)} others differ`
  return equalCount(verified) > 0 ? 'all others are equal' : 'and there are no others'
}
