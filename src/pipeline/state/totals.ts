import type { Tally } from '../events/values.js'
import { COPY_PROOFS, COPY_REASONS, type CopyProof, type CopyReason, SKIP_REASONS, type SkipReason } from '../events/reasons.js'
import type { ObjectEntry } from '../ports/objects.js'

/** The counts of a pair or of a run: `bytes…` in bytes, `retries` in attempts after the first, all others in objects. */
export interface Totals {
  readonly listed: number
  readonly copied: number
  readonly skipped: number
  readonly filtered: number
  readonly failed: number
  readonly deleted: number
  /** Objects missing at the source that will be deleted, as found by the listings. */
  readonly deletesPlanned: number
  readonly retries: number
  /** Objects that succeeded after a retry. */
  readonly recovered: number
  readonly bytesListed: number
  readonly bytesCopied: number
  readonly bytesSkipped: number
  /** Objects by the reason for copying or skipping them. */
  readonly reasons: Readonly<Partial<Record<CopyReason | SkipReason, number>>>
  /** Copied objects by what proves their bytes. */
  readonly proofs: Readonly<Partial<Record<CopyProof, number>>>
}

export const NO_TOTALS: Totals = {
  listed: 0,
  copied: 0,
  skipped: 0,
  filtered: 0,
  failed: 0,
  deleted: 0,
  deletesPlanned: 0,
  retries: 0,
  recovered: 0,
  bytesListed: 0,
  bytesCopied: 0,
  bytesSkipped: 0,
  reasons: {},
  proofs: {},
}

export const NOTHING: Tally = { objects: 0, bytes: 0 }

/** Number of objects with a final result. */
export function settled(totals: Totals): number {
  return totals.copied + totals.skipped + totals.filtered + totals.failed
}

/** Number of objects or versions, and their total bytes. */
export function tally(entries: readonly Pick<ObjectEntry, 'size'>[]): Tally {
  return { objects: entries.length, bytes: entries.reduce((sum, { size }) => sum + size, 0) }
}

export function more(a: Tally, b: Tally): Tally {
  return { objects: a.objects + b.objects, bytes: a.bytes + b.bytes }
}

export function less(a: Tally, b: Tally): Tally {
  return { objects: a.objects - b.objects, bytes: a.bytes - b.bytes }
}

export function addSkips(was: Totals, reason: SkipReason, { objects, bytes }: Tally): Totals {
  return {
    ...was,
    skipped: was.skipped + objects,
    bytesSkipped: was.bytesSkipped + bytes,
    reasons: { ...was.reasons, [reason]: (was.reasons[reason] ?? 0) + objects },
  }
}

export function addCopy(was: Totals, reason: CopyReason, size: number, recovered = 0, proof?: CopyProof): Totals {
  return {
    ...was,
    copied: was.copied + 1,
    recovered: was.recovered + recovered,
    bytesCopied: was.bytesCopied + size,
    reasons: { ...was.reasons, [reason]: (was.reasons[reason] ?? 0) + 1 },
    proofs: proof === undefined ? was.proofs : { ...was.proofs, [proof]: (was.proofs[proof] ?? 0) + 1 },
  }
}

/** The totals that remain when a pair is listed again. */
export function copiesOnly(was: Totals): Totals {
  const reasons = Object.fromEntries(entries(was.reasons).filter(([reason]) => !isSkip(reason)))
  return { ...was, listed: 0, bytesListed: 0, filtered: 0, failed: 0, skipped: 0, bytesSkipped: 0, deletesPlanned: 0, reasons }
}

export function add(a: Totals, b: Totals): Totals {
  const reasons = { ...a.reasons }
  for (const [reason, count] of entries(b.reasons)) reasons[reason] = (reasons[reason] ?? 0) + count
  const proofs = { ...a.proofs }
  for (const proof of COPY_PROOFS) if (b.proofs[proof] !== undefined) proofs[proof] = (proofs[proof] ?? 0) + b.proofs[proof]
  return {
    listed: a.listed + b.listed,
    copied: a.copied + b.copied,
    skipped: a.skipped + b.skipped,
    filtered: a.filtered + b.filtered,
    failed: a.failed + b.failed,
    deleted: a.deleted + b.deleted,
    deletesPlanned: a.deletesPlanned + b.deletesPlanned,
    retries: a.retries + b.retries,
    recovered: a.recovered + b.recovered,
    bytesListed: a.bytesListed + b.bytesListed,
    bytesCopied: a.bytesCopied + b.bytesCopied,
    bytesSkipped: a.bytesSkipped + b.bytesSkipped,
    reasons,
    proofs,
  }
}

function isSkip(reason: CopyReason | SkipReason): boolean {
  return SKIP_REASONS.some((skip) => skip === reason)
}

function entries(reasons: Totals['reasons']): [CopyReason | SkipReason, number][] {
  return [...COPY_REASONS, ...SKIP_REASONS].flatMap((reason): [CopyReason | SkipReason, number][] => {
    const count = reasons[reason]
    return count === undefined ? [] : [[reason, count]]
  })
}
