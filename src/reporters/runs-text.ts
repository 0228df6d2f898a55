import { hasRemaining, type Remaining } from '../pipeline/state/remaining-work.js'
import type { Summary } from '../pipeline/state/summary.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { formatCount, outcomeText } from './text-format.js'

/** A run in a list. */
export interface ListedRun {
  readonly summary: Summary
  readonly status: Summary['status'] | 'running' | 'killed'
  readonly remaining: Remaining
  readonly isUnfinished: boolean
}

const STATUS_WIDTH = 'interrupted'.length

/** Two lines for a run: id and status, and what it did. */
export function runLines({ summary, status, remaining, isUnfinished }: ListedRun, paint: Palette): string[] {
  const { run, source, target, startedAt } = summary
  const started = `${new Date(startedAt).toISOString().replace('T', ' ').slice(0, 19)} UTC`
  const color = status === 'completed' ? paint.good : status === 'running' ? paint.name : paint.warning
  const rest = isUnfinished ? paint.quiet(`; remaining: ${remainingText(remaining)}`) : ''
  return [
    `${paint.name(run)}  ${paint.quiet(started)}  ${color(status.padEnd(STATUS_WIDTH))}  ${printable(source)} → ${printable(target)}`,
    `  ${outcomeText(summary.totals, false)}${rest}`,
  ]
}

/** What remains of a run, for programs. */
export function jsonRemaining({ pairs, uploads }: Remaining) {
  const sum = (of: (pair: Remaining['pairs'][number]) => number): number => pairs.reduce((all, pair) => all + of(pair), 0)
  return {
    failed: sum(({ failures }) => failures.told - failures.gone),
    unsettled: sum(({ unsettled }) => unsettled.length),
    /** Buckets whose listing has not finished. */
    unlisted: pairs.filter(({ shards }) => shards.length > 0).length,
    uploads: uploads.length,
  }
}

/** What remains of a run, e.g. `12 failed, 3 listed objects, 1 bucket only partly listed`. */
export function remainingText(remaining: Remaining): string {
  const { failed, unsettled, unlisted, uploads } = jsonRemaining(remaining)
  const parts = [
    failed > 0 && `${formatCount(failed)} failed`,
    unsettled > 0 && `${formatCount(unsettled)} listed ${unsettled === 1 ? 'object' : 'objects'}`,
    unlisted > 0 && `${unlisted === 1 ? '1 bucket' : `${formatCount(unlisted)} buckets`} only partly listed`,
    uploads > 0 && (uploads === 1 ? '1 open upload' : `${formatCount(uploads)} open uploads`),
  ].filter((part) => part !== false)
  return parts.length > 0 ? parts.join(', ') : remaining.pairs.some(hasRemaining) ? 'objects' : 'its last step'
}
