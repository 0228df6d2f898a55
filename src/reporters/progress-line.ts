import type { Tally } from '../pipeline/events/values.js'
import { bytes, count, duration, objects } from './text-format.js'
import type { Distance } from './speed-meter.js'

export interface LiveView {
  readonly done: Distance
  readonly failed: number
  /** Per second. */
  readonly speed?: Distance
  /** All there is to settle, where that is known. */
  readonly total?: Tally
}

/**
 * The line that moves: `1,200 of 5,000 objects · 24% · 310/s · 4.5 MiB/s · 12s left · 1 failed`. Parts that do not fit are left out from the end, so
 * that it never reaches the last of `columns` cells: a terminal would wrap it. Without a known total it claims no share and no time left.
 */
export function liveLine(view: LiveView, columns: number): string {
  const { done, speed, total, failed } = view
  const parts = [total === undefined ? objects(done.objects) : `${count(done.objects)} of ${objects(total.objects)}`]
  if (total !== undefined) parts.push(`${Math.floor(share(done, total) * 100)}%`)
  if (speed !== undefined) parts.push(`${perSecond(speed.objects)}/s`, `${bytes(Math.round(speed.bytesCopied))}/s`)
  const left = total && speed && timeLeft(done, total, speed)
  if (left !== undefined) parts.push(`${duration(left)} left`)
  if (failed > 0) parts.push(`${count(failed)} failed`)
  return fit(parts, columns - 1)
}

/** Of objects or of bytes, whichever is further behind; failed bytes are not counted as done, so the objects decide at the end. */
function share(done: Distance, total: Tally): number {
  if (done.objects >= total.objects) return 1
  return Math.min(done.objects / total.objects, total.bytes === 0 ? 1 : done.bytes / total.bytes)
}

/** ms, whole seconds; undefined while nothing moves. Many small objects are slow by number, few large ones by bytes: the slower counts. */
function timeLeft(done: Distance, total: Tally, speed: Distance): number | undefined {
  const byObjects = seconds(total.objects - done.objects, speed.objects)
  const byBytes = seconds(total.bytes - done.bytes, speed.bytes)
  const longest = Math.max(byObjects, byBytes)
  return Number.isFinite(longest) && longest > 0 ? Math.ceil(longest) * 1000 : undefined
}

function seconds(remaining: number, speed: number): number {
  return remaining <= 0 ? 0 : remaining / speed
}

function perSecond(speed: number): string {
  return speed >= 10 || speed === 0 ? count(Math.round(speed)) : speed.toFixed(1)
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
