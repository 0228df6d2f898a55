import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { StoreClock } from '../../pipeline/ports/object-store.js'
import type { ObjectAttributes } from '../../pipeline/ports/objects.js'

const PER_SECOND = 1_000_000_000n
const PER_MILLISECOND = 1_000_000n
const PER_MICROSECOND = 1_000n

/** The coarsest time resolution of a file system in use (FAT), ms. */
const COARSEST = 2_000

/** This machine's clock, which gives files their times. */
export function localClock(): StoreClock {
  return { of: 'this machine', nowMs: Date.now(), withinMs: COARSEST }
}

/** Whether a file's time was set explicitly: a write gives a file the same modification and change time. */
export function wasTimeSet({ mtimeMs, ctimeMs }: BigIntStats): boolean {
  return Math.abs(Number(ctimeMs - mtimeMs)) >= COARSEST
}

/** A modification time in ms, rounded down before 1970 as well. */
export function milliseconds(mtimeNs: bigint): number {
  return Number(floorDivide(mtimeNs, PER_MILLISECOND))
}

/** A modification time as rclone stores it: seconds since the epoch, with a fraction (rclone documentation, S3, "Modification times"). */
export function textOfTime(mtimeNs: bigint): string {
  const [sign, ns] = mtimeNs < 0n ? ['-', -mtimeNs] : ['', mtimeNs]
  return `${sign}${ns / PER_SECOND}.${String(ns % PER_SECOND).padStart(9, '0')}`
}

/** Nanoseconds; undefined if the text is not a time. */
function timeOf(text: string | undefined): bigint | undefined {
  const [, sign = '', seconds, fraction = ''] = /^(-?)(\d{1,12})(?:\.(\d+))?$/.exec(text ?? '') ?? []
  if (seconds === undefined) return undefined
  const ns = BigInt(seconds) * PER_SECOND + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
  return sign === '' ? ns : -ns
}

/** The known modification times of an object. */
export interface Times {
  readonly attributes: ObjectAttributes
  /** ms since the epoch */
  readonly lastModified: number | undefined
}

/**
 * The modification time for the file of an object, ns; undefined if none is known. With `keepTimes` it is the one in the metadata, else
 * that of the object. When both are the same time, as for an uploaded file, the metadata is more precise.
 */
export function timeToGive({ attributes, lastModified = 0 }: Times, keepTimes: boolean): bigint | undefined {
  const kept = timeOf(attributes.metadata['mtime'])
  if (kept !== undefined && (keepTimes || milliseconds(kept) === lastModified)) return kept
  return lastModified === 0 ? undefined : BigInt(Math.trunc(lastModified)) * PER_MILLISECOND
}

/**
 * Sets the modification time of a file, to the microsecond: Node.js supports no finer resolution. Node.js truncates a double to whole
 * microseconds, so half a microsecond is added against rounding errors. It treats negative numbers as the current time, but not negative
 * numbers as text.
 */
export async function setModified(file: Pick<FileHandle, 'utimes'>, mtimeNs: bigint): Promise<void> {
  const microseconds = Number(floorDivide(mtimeNs, PER_MICROSECOND))
  const half = microseconds < 0 ? -0.5 : 0.5
  await file.utimes(new Date(), String((microseconds + half) / 1_000_000))
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient
}
