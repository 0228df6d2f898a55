import type { Difference, Proof } from '../pipeline/events/reasons.js'
import { compared, type NamedDifference, type Verified } from '../pipeline/state/verification-totals.js'
import type { Summary } from '../pipeline/state/summary.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { count, objects } from './text-format.js'

/** So many differences are named at the end. */
const NAMED = 10

/** In what an object differs, in words. */
export const IN_WORDS: Readonly<Record<Difference, string>> = {
  missing: 'is missing at the target',
  extra: 'exists only at the target',
  size: 'differs in size',
  checksum: 'differs in its checksum',
  bytes: 'differs in its bytes',
  metadata: 'differs in its metadata',
}

const BY: Readonly<Record<Proof, string>> = {
  etag: 'by ETag',
  checksum: 'by checksum',
  recomputed: 'by an ETag computed from the other side’s bytes',
  bytes: 'by reading both',
  size: 'by size alone',
}

/** `1,200 objects compared: 1,190 equal, 10 different` */
export function comparison(verified: Verified): string {
  const { different, failed } = verified
  const parts = [
    `${count(equal(verified))} equal`,
    different > 0 && `${count(different)} different`,
    failed > 0 && `${count(failed)} could not be compared`,
  ].filter((part) => part !== false)
  return `${objects(compared(verified))} compared: ${parts.join(', ')}`
}

/** The comparison: how objects were proven equal, and the names of the first that differ. */
export function verification({ verified, differences }: Summary, paint: Palette): string[] {
  if (verified === undefined) return []
  const proofs = (['etag', 'checksum', 'recomputed', 'bytes', 'size'] as const).flatMap((proof) => {
    const many = verified.proofs[proof] ?? 0
    return many === 0 ? [] : [`${count(many)} ${BY[proof]}`]
  })
  const more = verified.different - Math.min(NAMED, differences.length)
  return [
    `${paint.name('Verified')}: ${comparison(verified)}`,
    ...(proofs.length === 0 ? [] : [paint.quiet(`       equal ${proofs.join(', ')}`)]),
    ...differences.slice(0, NAMED).map((one) => `  ${paint.bad('✗')} ${differenceLine(one)}`),
    ...(more > 0 ? [`    and ${count(more)} more`] : []),
    ...((verified.proofs.size ?? 0) > 0
      ? [
          `  ${paint.warning('→')} Only the size of ${objects(verified.proofs.size ?? 0)} could be compared; --deep reads both sides.`,
        ]
      : []),
  ]
}

/** `media/a.jpg differs in size` */
export function differenceLine({ pair, key, difference }: NamedDifference): string {
  const side = difference === 'extra' ? 'target' : 'source'
  return `${printable(`${pair[side].bucket}/${key}`)} ${IN_WORDS[difference]}`
}

/** Objects that were proven equal, also by their size alone. */
export function equal(verified: Verified): number {
  return compared(verified) - verified.different - verified.failed
}

/** What is with those that could be compared. */
export function others(verified: Verified): string {
  const { different } = verified
  if (different > 0) return different === 1 ? '1 other differs' : `${count(different)} others differ`
  return equal(verified) > 0 ? 'all others are equal' : 'and there are no others'
}
