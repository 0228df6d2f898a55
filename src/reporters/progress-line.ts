import type { Tally } from '../pipeline/events/values.js'
import { formatBytes, formatCount, formatDuration, formatObjects } from './text-format.js'
import type { WorkDone } from './speed-meter.js'

export interface LiveLineValues {
  readonly done: WorkDone
  readonly failed: number
  /** Per second. */
  readonly speed?: WorkDone
  /** The total of the run, if known. */
  readonly total?: Tally
}

/**
 * The live line: `1,200 of 5,000 objects · 24% · 310/s · 4.5 MiB/s · 12s left · 1 failed`. Parts at the end that do not fit are left out, so
 * that it never reaches the last column, where a terminal would wrap it. Without a known total it shows no share and no time left.
 */
export function liveLineText(view: LiveLineValues, columns: number): string {
  const { done, speed, total, failed } = view
  const parts = [
    total === undefined ? formatObjects(done.objects) : `${formatCount(done.objects)} of ${formatObjects(total.objects)}`,
  ]
  if (total !== undefined) parts.push(`${Math.floor(share(done, total) * 100)}%`)
  if (speed !== undefined) parts.push(`${perSecond(speed.objects)}/s`, `${formatBytes(Math.round(speed.bytesCopied))}/s`)
  const left = total && speed && timeLeft(done, total, speed)
  if (left !== undefined) parts.push(`${formatDuration(left)} left`)
  if (failed > 0) parts.push(`${formatCount(failed)} failed`)
  return fit(parts, columns - 1)
}

/** The share of objects or of bytes, whichever is smaller. Failed bytes do not count as done, so at the end only the objects decide. */
function share(done: WorkDone, total: Tally): number {
  if (done.objects >= total.objects) return 1
  return Math.min(done.objects / total.objects, total.bytes === 0 ? 1 : done.bytes / total.bytes)
}

/** ms, whole seconds; undefined while the speed is zero. The longer of the times by objects and by bytes. */
function timeLeft(done: WorkDone, total: Tally, speed: WorkDone): number | undefined {
  const byObjects = seconds(total.objects - done.objects, speed.objects)
  const byBytes = seconds(total.bytes - done.bytes, speed.bytes)
  const longest = Math.max(byObjects, byBytes)
  return Number.isFinite(longest) && longest > 0 ? Math.ceil(longest) * 1000 : undefined
}

function seconds(remaining: number, speed: number): number {
  return remaining <= 0 ? 0 : remaining / speed
}

function perSecond(speed: number): string {
  return speed >= 10 || speed === 0 ? formatCount(Math.round(speed)) : speed.toFixed(1)
}

function fit(parts: readonly string[], width: number): string {
  let line = ''
  for (const part of parts) {
    const longer = line === '' ? part : `${line} · ${part}`
    if (longer.length > width) break
    line = longer
  }
  return line
}
