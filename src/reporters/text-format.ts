import prettyBytes from 'pretty-bytes'
import prettyMs from 'pretty-ms'
import type { RequestCounts } from '../pipeline/events/request-counts.js'
import { settled, type Totals } from '../pipeline/state/totals.js'
import type { BucketPair, BucketPrefix } from '../pipeline/ports/bucket-pair.js'
import { printable } from './escape-terminal.js'

/** `1,234`, the same in every locale. */
export function formatCount(value: number): string {
  return value.toLocaleString('en-US')
}

export function formatObjects(value: number): string {
  return value === 1 ? '1 object' : `${formatCount(value)} objects`
}

/** `4.5 MiB` */
export function formatBytes(value: number): string {
  return prettyBytes(value, { binary: true })
}

/** `1m 5s`, `1.2s`, `133ms` of a duration in ms. */
export function formatDuration(ms: number): string {
  return prettyMs(Math.max(0, Math.round(ms)))
}

/** A separator line. `columns`: width of the terminal. */
export function separator(columns: number): string {
  return '─'.repeat(Math.max(1, Math.min(columns - 1, 64)))
}

/** `media`, `media/2024`, `media/2024/` (without the object named by the prefix itself): as in a location; keys and names are not escaped. */
export function locationText({ bucket, prefix, self }: BucketPrefix): string {
  return prefix === '' ? bucket : `${bucket}/${prefix}${self ? '' : '/'}`
}

/** `media → archive`, escaped for a terminal. */
export function pairName({ source, target }: BucketPair): string {
  return `${printable(locationText(source))} → ${printable(locationText(target))}`
}

/** `media/a b.txt`, escaped for a terminal. */
export function objectName(pair: BucketPair, key: string): string {
  return printable(`${pair.source.bucket}/${key}`)
}

/** `12 copied (3 MiB), 4 skipped, 1 failed, 2 recovered after retries`, without parts that are zero. */
export function outcomeText(totals: Totals, dryRun: boolean): string {
  const { copied, failed, filtered, recovered, deleted, deletesPlanned } = totals
  // Negative while a pair is listed again: its copied objects are not yet listed (run-state.ts).
  const skipped = Math.max(0, totals.skipped)
  const parts = [
    copied > 0 && `${formatCount(copied)} ${dryRun ? 'to copy' : 'copied'} (${formatBytes(totals.bytesCopied)})`,
    skipped > 0 && `${formatCount(skipped)} ${skipped === (totals.reasons.unchanged ?? 0) ? 'unchanged' : 'skipped'}`,
    filtered > 0 && `${formatCount(filtered)} filtered`,
    failed > 0 && `${formatCount(failed)} failed`,
    deleted > 0 && `${formatCount(deleted)} deleted`,
    dryRun && deletesPlanned > 0 && `${formatCount(deletesPlanned)} to delete`,
    recovered > 0 && `${formatCount(recovered)} recovered after retries`,
  ].filter((part) => part !== false)
  if (parts.length > 0) return parts.join(', ')
  return dryRun ? 'nothing to copy' : 'nothing copied'
}

/** `2,468 requests: 1,234 GetObject, 1,234 PutObject`; the most frequent first. */
export function requestsText(kinds: RequestCounts): string {
  const sorted = Object.entries(kinds).sort(([, a], [, b]) => b - a)
  const all = sorted.reduce((sum, [, times]) => sum + times, 0)
  return `${all === 1 ? '1 request' : `${formatCount(all)} requests`}: ${sorted.map(([kind, times]) => `${formatCount(times)} ${kind}`).join(', ')}`
}

/** The line of every hundredth object: `1,200 objects: 900 copied (45 MiB), 300 unchanged`. */
export function progressText(totals: Totals, dryRun: boolean): string {
  return `${formatObjects(settled(totals))}: ${outcomeText(totals, dryRun)}`
}
