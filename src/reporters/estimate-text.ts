import type { Rate } from '../pipeline/transfer/request-estimate.js'
import type { Summary } from '../pipeline/state/summary.js'
import { bytes, count, duration, objects, requests } from './text-format.js'
import { sampleLines } from './loss-text.js'

/** What a dry run found that the run will do, ask for, and take. */
export function estimate(summary: Summary, rate: Rate | undefined): string[] {
  const { copied, bytesCopied, deletesPlanned } = summary.totals
  if (copied + deletesPlanned === 0) return ['nothing to do: the target is up to date']
  const deleting = deletesPlanned === 0 ? '' : `, ${objects(deletesPlanned)} to delete`
  return [
    `${objects(copied)} to copy (${bytes(bytesCopied)})${deleting}`,
    ...(summary.requests === undefined ? [] : [requests(summary.requests)]),
    ...(copied === 0 ? [] : [timeOf(copied, bytesCopied, rate)]),
    ...sampleLines(summary.sample),
  ]
}

/** Many small objects take long by their number, few large ones by their bytes. */
function timeOf(copied: number, bytesCopied: number, rate: Rate | undefined): string {
  if (rate === undefined) return 'no time estimate yet (first run between these two)'
  const { objectsPerSecond, bytesPerSecond } = rate
  const seconds = Math.max(copied / objectsPerSecond, bytesCopied / bytesPerSecond)
  const best = `${count(Math.round(objectsPerSecond))} objects/s, ${bytes(Math.round(bytesPerSecond))}/s`
  return `takes at least ${duration(Math.ceil(seconds) * 1_000)}, at the best rates measured between these two so far (${best})`
}
