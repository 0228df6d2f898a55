import type { Rate } from '../pipeline/transfer/request-estimate.js'
import type { Summary } from '../pipeline/state/summary.js'
import { formatBytes, formatCount, formatDuration, formatObjects, requestsText } from './text-format.js'
import { sampleLines } from './loss-text.js'

/** What the run will copy and delete, which requests it needs and how long it takes, by a dry run. Refused deletes do not count. */
export function estimateLines(summary: Summary, rate: Rate | undefined): string[] {
  const { copied, bytesCopied, deletesPlanned } = summary.totals
  const isWithheld = summary.withheld !== undefined
  const toDelete = isWithheld ? 0 : deletesPlanned
  if (copied + toDelete === 0) return [isWithheld ? 'nothing to copy' : 'nothing to do: the target is up to date']
  const deleting = toDelete === 0 ? '' : `, ${formatObjects(toDelete)} to delete`
  return [
    `${formatObjects(copied)} to copy (${formatBytes(bytesCopied)})${deleting}`,
    ...(summary.requests === undefined ? [] : [requestsText(summary.requests)]),
    ...(copied === 0 ? [] : [durationText(copied, bytesCopied, rate)]),
    ...sampleLines(summary.sample),
  ]
}

/** The number of objects limits runs of small objects, the bytes limit runs of large ones: the longer time counts. */
function durationText(copied: number, bytesCopied: number, rate: Rate | undefined): string {
  if (rate === undefined) return 'no time estimate yet (first run between these two)'
  const { objectsPerSecond, bytesPerSecond } = rate
  const seconds = Math.max(copied / objectsPerSecond, bytesCopied / bytesPerSecond)
  const best = `${formatCount(Math.round(objectsPerSecond))} objects/s, ${formatBytes(Math.round(bytesPerSecond))}/s`
  return `takes at least ${formatDuration(Math.ceil(seconds) * 1_000)}, at the best rates measured between these two so far (${best})`
}
