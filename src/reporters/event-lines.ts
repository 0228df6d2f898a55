import type { EventOf, SyncEvent } from '../pipeline/events/events.js'
import { printable } from './escape-terminal.js'
import type { BucketPrefix, Shard } from '../pipeline/ports/bucket-pair.js'
import type { Palette } from './colors.js'
import { deletesWithheldAdvice } from './delete-text.js'
import { lossText } from './loss-text.js'
import { differenceLine } from './verification-text.js'
import { formatBytes, formatCount, formatDuration, objectName, pairName } from './text-format.js'

/** How much is shown: only problems (`quiet`); also buckets (`normal`); also each object (`verbose`). */
export type DetailLevel = 'quiet' | 'normal' | 'verbose'

export interface EventLine {
  readonly text: string
  /** Also shown with `quiet`. */
  readonly isProblem: boolean
}

/** The line for one event, if any. Progress, start and end of the run are shown elsewhere. */
export function eventLine(event: SyncEvent, paint: Palette, detail: DetailLevel): EventLine | undefined {
  // The text is built only if it is shown: there may be millions.
  const verbose = (text: () => string): EventLine | undefined =>
    detail === 'verbose' ? { text: text(), isProblem: false } : undefined
  const say = (text: string): EventLine => ({ text, isProblem: false })
  const warn = (text: string): EventLine => ({ text, isProblem: true })
  switch (event.type) {
    case 'bucket-created':
      return say(
        `${paint.good('✓')} created the ${placeKind(event.pair.target)} ${paint.name(printable(event.pair.target.bucket))}`,
      )
    case 'copy-planned':
      return say(
        `  would copy ${objectName(event.pair, event.key)} ${paint.quiet(`(${event.reason}, ${event.marker ? 'delete marker' : formatBytes(event.size)})`)}`,
      )
    case 'object-copied': {
      const retried = event.attempts > 1 ? `, attempt ${event.attempts}` : ''
      const about = () => paint.quiet(`(${event.reason}, ${formatBytes(event.size)}${retried})`)
      return verbose(() => `  ${paint.good('✓')} ${objectName(event.pair, event.key)} ${about()}`)
    }
    case 'version-copied': {
      const what = event.marker ? 'delete marker' : `version, ${formatBytes(event.size)}`
      const retried = event.attempts > 1 ? `, attempt ${event.attempts}` : ''
      return verbose(() => `  ${paint.good('✓')} ${objectName(event.pair, event.key)} ${paint.quiet(`(${what}${retried})`)}`)
    }
    case 'properties-lost': {
      const { pair, key, losses } = event
      return verbose(() => `  ${paint.warning('!')} ${objectName(pair, key)} lost ${printable(losses.map(lossText).join(', '))}`)
    }
    case 'object-skipped':
    case 'skip-told':
      if (event.reason === 'no-name' && !event.key.endsWith('/'))
        return say(
          `${paint.warning('!')} ${objectName(event.pair, event.key)} is skipped: TARGET takes only the keys below it. ` +
            'To copy this object as well, write TARGET without the slash at its end.',
        )
      return verbose(() => `  ${paint.quiet('=')} ${objectName(event.pair, event.key)} ${paint.quiet(`(${event.reason})`)}`)
    case 'attempt-failed': {
      const { pair, key, attempt, waitMs, failure } = event
      return verbose(
        () =>
          `  ${paint.warning('↻')} ${key === undefined ? `${pairName(pair)}: ${printable(failure.operation)}` : objectName(pair, key)}: ` +
          `attempt ${attempt} failed with ${printable(failure.code)}, retrying in ${formatDuration(waitMs)}`,
      )
    }
    case 'object-failed': {
      const { operation, code, message } = event.failure
      return warn(
        `  ${paint.bad('✗')} ${objectName(event.pair, event.key)}: ${printable(operation)}: ${printable(code)}` +
          `${message === '' ? '' : `: ${printable(message)}`}${event.attempts > 1 ? ` (${event.attempts} attempts)` : ''}${notTriedText(event.versions)}`,
      )
    }
    case 'delete-planned':
      return say(`  would delete ${targetName(event)}`)
    case 'object-deleted':
      return verbose(() => `  ${paint.warning('-')} ${targetName(event)}`)
    case 'delete-failed':
      return warn(
        `  ${paint.bad('✗')} ${targetName(event)}: could not be deleted: ${printable(event.failure.code)}: ${printable(event.failure.message)}`,
      )
    case 'deletes-withheld': {
      const { what, todo } = deletesWithheldAdvice(event)
      return warn(`${paint.warning('!')} ${what} ${todo}`)
    }
    case 'shard-restarted':
      return say(
        `${paint.warning('!')} ${pairName(event.shard.pair)}: the ${event.side} does not list its keys in order; ` +
          's3-sync sorts them and starts the comparison again',
      )
    case 'shard-failed':
      return warn(
        `${paint.bad('✗')} ${pairName(event.shard.pair)}: ${printable(event.failure.operation)} failed at the ${event.failure.side ?? 'source'}${rangeName(event.shard)}: ` +
          printable(event.failure.code),
      )
    case 'pace-changed':
      return paceLine(event, paint, detail)
    case 'notice-given':
      return say(`${paint.warning('!')} ${printable(event.message)}`)
    case 'run-stopped':
      return warn(`${paint.warning('!')} ${STOP_TEXT[event.cause]}`)
    case 'delete-withdrawn':
      return say(`${paint.warning('!')} ${targetName(event)} is not deleted: it exists at the source now`)
    case 'object-different':
      return warn(`  ${paint.bad('✗')} ${differenceLine(event)}`)
    case 'object-proven':
      return verbose(() => `  ${paint.quiet('=')} ${objectName(event.pair, event.key)} ${paint.quiet(`(${event.proof})`)}`)
    case 'verification-failed':
      return warn(
        `  ${paint.bad('✗')} ${objectName(event.pair, event.key)} could not be compared: ${printable(event.failure.code)}`,
      )
    case 'verification-started':
      return say(`${pairName(event.pair)}: comparing both sides`)
    case 'globs-unmatched':
    case 'etag-trust-changed':
    case 'feature-support-learned':
    case 'server-side-copy-refused':
    case 'ranges-ignored':
    case 'clock-difference-learned':
    case 'sample-taken':
    case 'page-verified':
    case 'pair-verified':
    case 'run-started':
    case 'run-resumed':
    case 'failures-retaken':
    case 'history-read':
    case 'history-settled':
    case 'backup-made':
    case 'upload-started':
    case 'part-uploaded':
    case 'upload-ended':
    case 'page-decided':
    case 'shard-split':
    case 'shard-listed':
    case 'pair-completed':
    case 'run-finished':
      return undefined
  }
}

/** How many versions were not tried because of the failure. */
function notTriedText(versions = 1): string {
  return versions === 1 ? '' : `; ${formatCount(versions - 1)} newer versions of it were not tried`
}

/** Only a directory has a path for a name. */
function placeKind({ bucket }: BucketPrefix): 'bucket' | 'directory' {
  return bucket.startsWith('/') ? 'directory' : 'bucket'
}

function targetName({
  pair,
  key,
}: EventOf<'delete-planned'> | EventOf<'object-deleted'> | EventOf<'delete-withdrawn'> | EventOf<'delete-failed'>): string {
  return printable(`${pair.target.bucket}/${key}`)
}

/** The key range of a shard. */
function rangeName({ after, upTo }: Shard): string {
  const from = after === undefined ? '' : ` after the key "${printable(after)}"`
  return `${from}${upTo === undefined ? '' : ` up to "${printable(upTo)}"`}`
}

const STOP_TEXT = {
  SIGINT: 'Interrupted: finishing objects in flight …',
  SIGTERM: 'Terminating: finishing objects in flight …',
  errors: 'Too many objects failed (--max-errors): finishing objects in flight …',
  fatal: 'The run cannot continue',
} as const

const PACE_TEXT = {
  'trying-more': 'trying more workers',
  'no-gain': 'more workers did not help',
  strained: 'too many requests were refused, cut off or timed out',
  refused: 'the server throttles requests',
} as const satisfies Record<EventOf<'pace-changed'>['cause'], string>

/** Throttling is always reported; the steps of `--workers auto` only with `--verbose`. */
function paceLine(
  { workers, perSecond, cause }: EventOf<'pace-changed'>,
  paint: Palette,
  detail: DetailLevel,
): EventLine | undefined {
  if (cause !== 'refused' && detail !== 'verbose') return undefined
  const rate = perSecond === undefined ? '' : `, ${formatCount(perSecond)} objects/s at most`
  return { text: `${paint.warning('!')} ${PACE_TEXT[cause]}: ${formatCount(workers)} workers${rate}`, isProblem: false }
}
