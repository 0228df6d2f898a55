import type { Rate } from '../pipeline/transfer/request-estimate.js'
import { COPY_PROOFS, COPY_REASONS, type CopyProof } from '../pipeline/events/reasons.js'
import { compared } from '../pipeline/state/verification-totals.js'
import type { PairState } from '../pipeline/state/run-state.js'
import type { Totals } from '../pipeline/state/totals.js'
import type { Summary } from '../pipeline/state/summary.js'
import { advise } from './error-advice.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { formatBytes, formatCount, formatDuration, formatObjects, outcomeText, pairName } from './text-format.js'
import { estimateLines } from './estimate-text.js'
import { archivedLines, lossLines } from './loss-text.js'
import { othersText, verificationLines } from './verification-text.js'
import { failureAdvice, type EndpointContexts } from './failure-advice.js'
import { PROGRAM } from '../io/program-name.js'

/** What the text needs besides the summary. */
export interface SummaryContext {
  /** The two endpoints, for advice. */
  readonly endpoints?: EndpointContexts
  /** The rate measured between them in earlier runs, for estimates. */
  readonly rate?: Rate
}

/** How many failed objects are named at the end. */
const NAMED = 10

/** How to continue: resume if there is a journal, else run the same command again. */
function howToContinue({ journal, run, verifiesOnly }: Summary): string {
  if (verifiesOnly) return 'Run the same command again.'
  return journal === undefined
    ? 'Run the same command again: only missing objects are copied.'
    : `Resume with: ${PROGRAM} runs resume ${run}`
}

/** Nothing was listed yet, e.g. because a bucket's name was mistyped: a resume would only fail again. */
function hasNothing({ totals, failure }: Summary): boolean {
  return totals.listed === 0 && failure?.reason === 'no-such-bucket'
}

/** The result of each bucket, and the total. */
export function resultLines(summary: Summary, paint: Palette, { rate }: SummaryContext): string[] {
  const dryRun = summary.status === 'dry-run'
  const { finishedAt, startedAt, resumedAt } = summary
  const seconds = Math.max(1, finishedAt - startedAt) / 1000
  const { copied, bytesCopied } = summary.totals
  const speed =
    dryRun || copied === 0 || resumedAt !== undefined
      ? ''
      : `, ${formatCount(Math.round(copied / seconds))}/s, ${formatBytes(Math.round(bytesCopied / seconds))}/s`
  const verified = verificationLines(summary, paint)
  const took = formatDuration(finishedAt - (resumedAt ?? startedAt))
  if (summary.verifiesOnly) return [...verified, ...unmatchedGlobLines(summary, paint), paint.quiet(`       in ${took}`)]
  return [
    ...summary.pairs.map(
      (state) => `${statusSign(state, paint)} ${paint.name(pairName(state.pair))}: ${pairResult(state, dryRun)}`,
    ),
    `${paint.name('Total')}: ${formatObjects(summary.totals.listed)} listed, ${outcomeText(summary.totals, dryRun)}`,
    ...(dryRun && copied > 0 ? [paint.quiet(`       reasons: ${reasonsText(summary.totals)}`)] : []),
    ...(dryRun
      ? estimateLines(summary, rate)
          .slice(1)
          .map((line) => paint.quiet(`       ${line}`))
      : []),
    paint.quiet(`       in ${took}${resumedAt === undefined ? '' : ' since it was resumed'}${speed}${paceText(summary)}`),
    ...proofLines(summary.totals, paint),
    ...verified,
    ...unmatchedGlobLines(summary, paint),
    ...lossLines(summary.lost, paint, summary.run, summary.journal !== undefined),
    ...archivedLines(summary.totals.reasons.archived, paint),
  ]
}

const PROOF_TEXT: Readonly<Record<CopyProof, string>> = {
  etag: 'by ETag',
  checksum: 'by checksum',
  digest: 'by hash',
  sent: 'by hash at the target (the source tells none)',
  'read-back': 'by reading them back',
  server: 'copied by the server',
  none: 'not checked (--no-proof)',
}

/** How many copies were proven by what; nothing if their ETags proved all of them, as they mostly do. */
function proofLines({ proofs, copied }: Totals, paint: Palette): string[] {
  if ((proofs.etag ?? 0) === copied) return []
  const parts = COPY_PROOFS.flatMap((proof) => {
    const many = proofs[proof] ?? 0
    return many === 0 ? [] : [`${formatCount(many)} ${PROOF_TEXT[proof]}`]
  })
  return parts.length === 0 ? [] : [paint.quiet(`       proven: ${parts.join(', ')}`)]
}

/** Globs that match no key: mostly a typo. */
function unmatchedGlobLines({ unmatched: globs }: Summary, paint: Palette): string[] {
  const more = globs.length - NAMED
  return [
    ...globs
      .slice(0, NAMED)
      .map(
        ({ include, glob }) => `${paint.warning('!')} No key matches --${include ? 'include' : 'exclude'} '${printable(glob)}'.`,
      ),
    ...(more > 0 ? [`  and ${formatCount(more)} more globs match no key`] : []),
  ]
}

/** Workers and throttling: `, up to 320 workers, throttled by the server to about 480 objects/s`. */
function paceText({ pace }: Summary): string {
  if (pace === undefined) return ''
  const { perSecond } = pace.last
  const limit = perSecond === undefined ? '' : `, throttled by the server to about ${formatCount(perSecond)} objects/s`
  return `, up to ${formatCount(pace.most)} workers${limit}`
}

/** The first failed objects by name, how many more there are and where to find them, and what to do about each kind of failure. */
export function failureLines(summary: Summary, paint: Palette, context: SummaryContext): string[] {
  const all = failedObjects(summary.failures) + summary.failuresOmitted
  if (all === 0) return []
  const named = summary.failures.slice(0, NAMED)
  const more = all - failedObjects(named)
  return [
    paint.bad(`${formatObjects(all)} failed:`),
    ...named.map(
      ({ pair, side, key, failure }) =>
        `  ${paint.bad('✗')} ${printable(`${pair[side].bucket}/${key}`)}: ${printable(failure.code)}`,
    ),
    ...(more === 0 ? [] : [`    and ${formatCount(more)} more: ${allFailures(summary)}`]),
    ...adviceLines(summary, context).map((line) => `  ${paint.warning('→')} ${printable(line)}`),
  ]
}

/** Where every failed object is listed: the JSON summary has only the first hundred. */
function allFailures({ journal, run }: Summary): string {
  return journal === undefined ? 'each is named above, and in --events' : `${PROGRAM} runs show ${run} --failed`
}

/** With `--versions`, each version counts. */
function failedObjects(failed: Summary['failures']): number {
  return failed.reduce((sum, { versions = 1 }) => sum + versions, 0)
}

/** The last lines: how the run ended, and what to do next. */
export function closingLines(summary: Summary, paint: Palette, context: SummaryContext): string[] {
  const { totals } = summary
  switch (summary.status) {
    case 'completed':
      return [`${paint.good('✓')} ${summary.verifiesOnly ? verifiedText(summary) : completedText(summary)}`]
    case 'dry-run':
      if (summary.withheld !== undefined)
        return [`${paint.bad('✗')} Dry run: nothing was written. Nothing would be deleted, for the reason above.`]
      if (totals.copied + totals.deletesPlanned === 0) return [`${paint.good('✓')} Dry run: there is nothing to do.`]
      return [
        `${paint.good('✓')} Dry run: nothing was written. Leave out --dry-run to copy ${formatObjects(totals.copied)} (${formatBytes(totals.bytesCopied)})${toDeleteText(totals)}.`,
      ]
    case 'partial':
      return [
        `${paint.bad('✗')} ${partialText(summary)}${isComplete(summary) ? '.' : '; the run ended early.'}`,
        `  Fix the causes. ${howToContinue(summary)}`,
      ]
    case 'failed': {
      const { what, todo } = failureAdvice(summary, context.endpoints) ?? { what: 'The run could not continue.', todo: '' }
      return [
        `${paint.bad('✗')} ${printable(what)}`,
        ...(todo === '' ? [] : [`  ${printable(todo)}`]),
        ...(todo !== '' && (summary.journal === undefined || hasNothing(summary)) ? [] : [`  ${howToContinue(summary)}`]),
      ]
    }
    case 'interrupted':
      return [`${paint.warning('!')} Interrupted; ${progressSoFar(summary)}`, `  ${howToContinue(summary)}`]
    case 'refused':
      return [`${paint.bad('✗')} A guard refused to delete: nothing was deleted; objects already copied remain.`]
    case 'different':
      return [
        `${paint.bad('✗')} Source and target differ in ${formatObjects(summary.verified?.different ?? 0)}. ` +
          'A sync copies missing and different objects; --delete also deletes objects that exist only at the target, and --compare always copies objects that look the same in a listing.',
      ]
  }
}

/** `2 objects failed, 998 objects copied`; of a comparison, how many could not be compared. */
function partialText({ totals, deletesFailed, verifiesOnly, verified }: Summary): string {
  const [failed, unclear] = [totals.failed + deletesFailed, verified?.failed ?? 0]
  const notCompared = `${formatObjects(unclear)} could not be compared`
  if (verifiesOnly && verified !== undefined) return `${notCompared}, ${othersText(verified)}`
  const parts = [
    failed > 0 && `${formatObjects(failed)} failed`,
    unclear > 0 && notCompared,
    `${formatObjects(totals.copied)} copied`,
  ]
  return parts.filter((part) => part !== false).join(', ')
}

function progressSoFar({ totals, verifiesOnly, verified }: Summary): string {
  return verifiesOnly ? `${formatObjects(compared(verified))} compared so far.` : `${formatObjects(totals.copied)} copied so far.`
}

function verifiedText({ verified }: Summary): string {
  if (verified === undefined || compared(verified) === 0) return 'Done: there was nothing to compare.'
  return `Done: source and target are equal, ${formatObjects(compared(verified))}.`
}

function toDeleteText({ deletesPlanned }: Totals): string {
  return deletesPlanned === 0 ? '' : ` and to delete ${formatObjects(deletesPlanned)}`
}

function completedText({ totals, unmatched }: Summary): string {
  if (totals.listed === 0 && unmatched.some(({ include }) => include)) return 'Done: no key matches the globs; nothing to copy.'
  if (totals.listed === 0) return 'Done: the source has no objects, there was nothing to copy.'
  if (totals.filtered === totals.listed && totals.deleted === 0)
    return `Done: the filters leave out all ${formatObjects(totals.listed)}; nothing to copy.`
  if (totals.copied === 0 && totals.deleted > 0)
    return `Done: ${formatObjects(totals.deleted)} deleted, the target is up to date.`
  if (totals.copied === 0) return 'Done: nothing to copy, the target is up to date.'
  return `Done: ${formatObjects(totals.copied)} copied (${formatBytes(totals.bytesCopied)})${totals.deleted === 0 ? '' : `, ${formatObjects(totals.deleted)} deleted`}. Run it again at any time: only new and changed objects are copied.`
}

function isComplete({ totals, pairs, verifiesOnly, verified }: Summary): boolean {
  if (verified?.isComplete === false) return false
  if (verifiesOnly) return true
  return (
    pairs.every((pair) => pair.status === 'completed') &&
    totals.copied + totals.skipped + totals.filtered + totals.failed === totals.listed
  )
}

function statusSign({ status, totals, deletesFailed }: PairState, paint: Palette): string {
  if (status === 'failed' || totals.failed + deletesFailed > 0) return paint.bad('✗')
  return status === 'completed' ? paint.good('✓') : paint.warning('!')
}

function pairResult({ status, totals }: PairState, dryRun: boolean): string {
  if (status === 'waiting') return 'not started'
  const result = totals.listed === 0 && status === 'completed' ? 'no objects' : outcomeText(totals, dryRun)
  if (status === 'failed') return `${result}; its listing failed`
  return status === 'running' ? `${result}; not finished` : result
}

function reasonsText(totals: Totals): string {
  return COPY_REASONS.flatMap((reason) => {
    const times = totals.reasons[reason] ?? 0
    return times === 0 ? [] : [`${formatCount(times)} ${reason}`]
  }).join(', ')
}

/** One line for each failure code and side, however many objects failed with it. */
function adviceLines({ failures: failed, verifiesOnly }: Summary, context: SummaryContext): string[] {
  const copies = !verifiesOnly
  const lines = failed.map(({ pair, failure }) => {
    const side = failure.side ?? 'source'
    const { what, todo } = advise(failure, { ...context.endpoints?.[side], bucket: pair[side].bucket, copies })
    return `${failure.code}: ${what} ${todo}`
  })
  return [...new Set(lines)].slice(0, 5)
}
