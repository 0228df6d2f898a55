import type { Rate } from '../pipeline/transfer/request-estimate.js'
import { COPY_REASONS } from '../pipeline/events/reasons.js'
import { compared } from '../pipeline/state/verification-totals.js'
import type { PairState } from '../pipeline/state/run-state.js'
import type { Totals } from '../pipeline/state/totals.js'
import type { Summary } from '../pipeline/state/summary.js'
import { advise } from './error-advice.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { bytes, count, duration, objects, outcome, pairName } from './text-format.js'
import { estimate } from './estimate-text.js'
import { archivedLine, lossLines } from './loss-text.js'
import { others, verification } from './verification-text.js'
import { why, type Endpoints } from './why.js'

/** What a person should know of a run beside its summary. */
export interface EndingContext {
  /** For advice: what is known of the two endpoints. */
  readonly endpoints?: Endpoints
  /** What was measured between the two before, for estimates. */
  readonly rate?: Rate
}

/** So many failed objects are named at the end. */
const NAMED = 10

/** How to continue: by a resume where there is a journal, else by the same command. */
function again({ journal, run, verifiesOnly }: Summary): string {
  if (verifiesOnly) return 'Run the same command again.'
  return journal === undefined
    ? 'Run the same command again: only missing objects are copied.'
    : `Resume with: s3-sync runs resume ${run}`
}

/** Each bucket's result and the total. */
export function results(summary: Summary, paint: Palette, { rate }: EndingContext): string[] {
  const dryRun = summary.status === 'dry-run'
  const { finishedAt, startedAt, resumedAt } = summary
  const seconds = Math.max(1, finishedAt - startedAt) / 1000
  const { copied, bytesCopied } = summary.totals
  const speed =
    dryRun || copied === 0 || resumedAt !== undefined
      ? ''
      : `, ${count(Math.round(copied / seconds))}/s, ${bytes(Math.round(bytesCopied / seconds))}/s`
  const verified = verification(summary, paint)
  const took = duration(finishedAt - (resumedAt ?? startedAt))
  if (summary.verifiesOnly) return [...verified, ...unmatched(summary, paint), paint.quiet(`       in ${took}`)]
  return [
    ...summary.pairs.map((state) => `${mark(state, paint)} ${paint.name(pairName(state.pair))}: ${pairResult(state, dryRun)}`),
    `${paint.name('Total')}: ${objects(summary.totals.listed)} listed, ${outcome(summary.totals, dryRun)}`,
    ...(dryRun && copied > 0 ? [paint.quiet(`       reasons: ${reasons(summary.totals)}`)] : []),
    ...(dryRun
      ? estimate(summary, rate)
          .slice(1)
          .map((line) => paint.quiet(`       ${line}`))
      : []),
    paint.quiet(`       in ${took}${resumedAt === undefined ? '' : ' since it was resumed'}${speed}${paceOf(summary)}`),
    ...verified,
    ...unmatched(summary, paint),
    ...lossLines(summary.lost, paint, summary.run, summary.journal !== undefined),
    ...archivedLine(summary.totals.reasons.archived, paint),
  ]
}

/** Globs that matched nothing, since that is mostly a slip. */
function unmatched({ unmatched: globs }: Summary, paint: Palette): string[] {
  const more = globs.length - NAMED
  return [
    ...globs
      .slice(0, NAMED)
      .map(
        ({ include, glob }) => `${paint.warning('!')} No key matches --${include ? 'include' : 'exclude'} '${printable(glob)}'.`,
      ),
    ...(more > 0 ? [`  and ${count(more)} more globs match no key`] : []),
  ]
}

/** How it got there: `, up to 320 workers, held to 480/s by the server`. */
function paceOf({ pace }: Summary): string {
  if (pace === undefined) return ''
  const { perSecond } = pace.last
  const limit = perSecond === undefined ? '' : `, throttled by the server to about ${count(perSecond)} objects/s`
  return `, up to ${count(pace.most)} workers${limit}`
}

/** The first failed objects by name, how many more there are and where to find them, and what to do about each kind of failure. */
export function failures(summary: Summary, paint: Palette, context: EndingContext): string[] {
  const all = failedObjects(summary.failures) + summary.failuresOmitted
  if (all === 0) return []
  const named = summary.failures.slice(0, NAMED)
  const more = all - failedObjects(named)
  return [
    paint.bad(`${objects(all)} failed:`),
    ...named.map(
      ({ pair, side, key, failure }) =>
        `  ${paint.bad('✗')} ${printable(`${pair[side].bucket}/${key}`)}: ${printable(failure.code)}`,
    ),
    ...(more === 0 ? [] : [`    and ${count(more)} more: ${allFailures(summary)}`]),
    ...distinctAdvice(summary, context).map((line) => `  ${paint.warning('→')} ${printable(line)}`),
  ]
}

/** What names every object that failed: the summary in JSON has the first hundred. */
function allFailures({ journal, run }: Summary): string {
  return journal === undefined ? 'each is named above, and in --events' : `s3-sync runs show ${run} --failed`
}

/** With `--versions`, each version counts. */
function failedObjects(failed: Summary['failures']): number {
  return failed.reduce((sum, { versions = 1 }) => sum + versions, 0)
}

/** The last lines: how the run ended in words, and what to do next. */
export function lastWords(summary: Summary, paint: Palette, context: EndingContext): string[] {
  const { totals } = summary
  switch (summary.status) {
    case 'completed':
      return [`${paint.good('✓')} ${summary.verifiesOnly ? sameBytes(summary) : completed(summary)}`]
    case 'dry-run':
      if (summary.withheld !== undefined)
        return [`${paint.bad('✗')} Dry run: nothing was written. Nothing would be deleted, for the reason above.`]
      if (totals.copied + totals.deletesPlanned === 0) return [`${paint.good('✓')} Dry run: there is nothing to do.`]
      return [
        `${paint.good('✓')} Dry run: nothing was written. Leave out --dry-run to copy ${objects(totals.copied)} (${bytes(totals.bytesCopied)})${deleting(totals)}.`,
      ]
    case 'partial':
      return [
        `${paint.bad('✗')} ${partly(summary)}${whole(summary) ? '.' : '; the run ended early.'}`,
        `  Fix the causes. ${again(summary)}`,
      ]
    case 'failed': {
      const { what, todo } = why(summary, context.endpoints) ?? { what: 'The run could not continue.', todo: '' }
      return [
        `${paint.bad('✗')} ${printable(what)}`,
        ...(todo === '' ? [] : [`  ${printable(todo)}`]),
        ...(summary.journal === undefined && todo !== '' ? [] : [`  ${again(summary)}`]),
      ]
    }
    case 'interrupted':
      return [`${paint.warning('!')} Interrupted; ${soFar(summary)}`, `  ${again(summary)}`]
    case 'refused':
      return [`${paint.bad('✗')} A guard refused to delete: nothing was deleted; objects already copied remain.`]
    case 'different':
      return [
        `${paint.bad('✗')} Source and target differ in ${objects(summary.verified?.different ?? 0)}. ` +
          'A sync copies missing and different objects; --delete also deletes objects that exist only at the target, and --compare always copies objects that look the same in a listing.',
      ]
  }
}

/** `2 objects failed, 998 objects copied`; of a comparison, what is with the rest. */
function partly({ totals, deletesFailed, verifiesOnly, verified }: Summary): string {
  const [failed, unclear] = [totals.failed + deletesFailed, verified?.failed ?? 0]
  const notCompared = `${objects(unclear)} could not be compared`
  if (verifiesOnly && verified !== undefined) return `${notCompared}, ${others(verified)}`
  const parts = [failed > 0 && `${objects(failed)} failed`, unclear > 0 && notCompared, `${objects(totals.copied)} copied`]
  return parts.filter((part) => part !== false).join(', ')
}

function soFar({ totals, verifiesOnly, verified }: Summary): string {
  return verifiesOnly ? `${objects(compared(verified))} compared so far.` : `${objects(totals.copied)} copied so far.`
}

function sameBytes({ verified }: Summary): string {
  if (verified === undefined || compared(verified) === 0) return 'Done: there was nothing to compare.'
  return `Done: source and target are equal, ${objects(compared(verified))}.`
}

function deleting({ deletesPlanned }: Totals): string {
  return deletesPlanned === 0 ? '' : ` and to delete ${objects(deletesPlanned)}`
}

function completed({ totals, unmatched }: Summary): string {
  if (totals.listed === 0 && unmatched.some(({ include }) => include)) return 'Done: no key matches the globs; nothing to copy.'
  if (totals.listed === 0) return 'Done: the source has no objects, there was nothing to copy.'
  if (totals.filtered === totals.listed && totals.deleted === 0)
    return `Done: the filters leave out all ${objects(totals.listed)}; nothing to copy.`
  if (totals.copied === 0 && totals.deleted > 0) return `Done: ${objects(totals.deleted)} deleted, the target is up to date.`
  if (totals.copied === 0) return 'Done: nothing to copy, the target is up to date.'
  return `Done: ${objects(totals.copied)} copied (${bytes(totals.bytesCopied)})${totals.deleted === 0 ? '' : `, ${objects(totals.deleted)} deleted`}. Run it again at any time: only new and changed objects are copied.`
}

function whole({ totals, pairs, verifiesOnly, verified }: Summary): boolean {
  if (verified?.isComplete === false) return false
  if (verifiesOnly) return true
  return (
    pairs.every((pair) => pair.status === 'completed') &&
    totals.copied + totals.skipped + totals.filtered + totals.failed === totals.listed
  )
}

function mark({ status, totals, deletesFailed }: PairState, paint: Palette): string {
  if (status === 'failed' || totals.failed + deletesFailed > 0) return paint.bad('✗')
  return status === 'completed' ? paint.good('✓') : paint.warning('!')
}

function pairResult({ status, totals }: PairState, dryRun: boolean): string {
  if (status === 'waiting') return 'not started'
  const result = totals.listed === 0 && status === 'completed' ? 'no objects' : outcome(totals, dryRun)
  if (status === 'failed') return `${result}; its listing failed`
  return status === 'running' ? `${result}; not finished` : result
}

function reasons(totals: Totals): string {
  return COPY_REASONS.flatMap((reason) => {
    const times = totals.reasons[reason] ?? 0
    return times === 0 ? [] : [`${count(times)} ${reason}`]
  }).join(', ')
}

/** One line a code and side: a thousand denied objects need one advice. */
function distinctAdvice({ failures: failed, verifiesOnly }: Summary, context: EndingContext): string[] {
  const copies = !verifiesOnly
  const lines = failed.map(({ pair, failure }) => {
    const side = failure.side ?? 'source'
    const { what, todo } = advise(failure, { ...context.endpoints?.[side], bucket: pair[side].bucket, copies })
    return `${failure.code}: ${what} ${todo}`
  })
  return [...new Set(lines)].slice(0, 5)
}
