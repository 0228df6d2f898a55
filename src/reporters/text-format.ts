import prettyBytes from 'pretty-bytes'
import prettyMs from 'pretty-ms'
import type { RequestCounts } from '../pipeline/events/request-counts.js'
import { settled, type Totals } from '../pipeline/state/totals.js'
import type { BucketPair, BucketPrefix } from '../pipeline/ports/bucket-pair.js'
import { printable } from './escape-terminal.js'

/** `1,234` in every locale: scripts' logs and people's screens read alike. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function objects(value: number): string {
  return value === 1 ? '1 object' : `${count(value)} objects`
}

/** `4.5 MiB` */
export function bytes(value: number): string {
  return prettyBytes(value, { binary: true })
}

/** `1m 5s`, `1.2s`, `133ms` of a duration in ms. */
export function duration(ms: number): string {
  return prettyMs(Math.max(0, Math.round(ms)))
}

/** A separator; `columns` is the terminal's width. */
export function rule(columns: number): string {
  return '─'.repeat(Math.max(1, Math.min(columns - 1, 64)))
}

/** `media`, `media/2024`, `media/2024/` (without the object named by the prefix itself): as in a location, keys and names exact. */
export function placeName({ bucket, prefix, self }: BucketPrefix): string {
  return prefix === '' ? bucket : `${bucket}/${prefix}${self ? '' : '/'}`
}

/** `media → archive`, fit for a terminal. */
export function pairName({ source, target }: BucketPair): string {
  return `${printable(placeName(source))} → ${printable(placeName(target))}`
}

/** `media/a b.txt`, fit for a terminal. */
export function objectName(pair: BucketPair, key: string): string {
  return printable(`${pair.source.bucket}/${key}`)
}

/** What became of the objects: `12 copied (3 MiB), 4 skipped, 1 failed, 2 recovered after retries`. What did not happen is left out. */
export function outcome(totals: Totals, dryRun: boolean): string {
  const { copied, failed, filtered, recovered, deleted, deletesPlanned } = totals
  // Below zero while a pair is listed anew: its copies will be met again (state.ts).
  const skipped = Math.max(0, totals.skipped)
  const parts = [
    copied > 0 && `${count(copied)} ${dryRun ? 'to copy' : 'copied'} (${bytes(totals.bytesCopied)})`,
    skipped > 0 && `${count(skipped)} ${skipped === (totals.reasons.unchanged ?? 0) ? 'unchanged' : 'skipped'}`,
    filtered > 0 && `${count(filtered)} filtered`,
    failed > 0 && `${count(failed)} failed`,
    deleted > 0 && `${count(deleted)} deleted`,
    dryRun && deletesPlanned > 0 && `${count(deletesPlanned)} to delete`,
    recovered > 0 && `${count(recovered)} recovered after retries`,
  ].filter((part) => part !== false)
  if (parts.length > 0) return parts.join(', ')
  return dryRun ? 'nothing to copy' : 'nothing copied'
}

/** `2,468 requests: 1,234 GetObject, 1,234 PutObject`; the most frequent first. */
export function requests(kinds: RequestCounts): string {
  const sorted = Object.entries(kinds).sort(([, a], [, b]) => b - a)
  const all = sorted.reduce((sum, [, times]) => sum + times, 0)
  return `${all === 1 ? '1 request' : `${count(all)} requests`}: ${sorted.map(([kind, times]) => `${count(times)} ${kind}`).join(', ')}`
}

/** The line of every hundredth object: `1,200 objects: 900 copied (45 MiB), 300 unchanged`. */
export function progress(totals: Totals, dryRun: boolean): string {
  return `${objects(settled(totals))}: ${outcome(totals, dryRun)}`
}
