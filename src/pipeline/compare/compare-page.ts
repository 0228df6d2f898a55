import type { EventOf, SyncEvent } from '../events/events.js'
import type { Tally } from '../events/values.js'
import type { SkipReason } from '../events/reasons.js'
import { prefetch } from '../flow/prefetch.js'
import type { Range } from '../listing/key-range.js'
import type { PairBackups } from '../listing/known-backups.js'
import { Ascending, join, type JoinedPage } from '../listing/merge-join.js'
import { failedUnlisted, Overlooked, tellUnlisted } from '../listing/unlisted.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import { keyOf, tailOf, tailsOf, targetKey } from '../ports/relative-key.js'
import type { EtagTrust } from '../run/etag-trust.js'
import { at, type Run } from '../run/run-context.js'
import { more, tally } from '../state/totals.js'
import { learnedClocks } from './clock-difference.js'
import { decide, type Verdict } from './decide.js'
import type { PlanItem } from './plan-item.js'
import { Scope } from './scope.js'
import { decideWithRetries, testEtags } from './etag-inquiry.js'

/** Result of a listing: events, and objects to process. */
export type Planned = SyncEvent | PlanItem

/**
 * The listing pages of source and target. `empty`: the target has no objects, so no order needs checking. `unasked`: everything is copied
 * without listing the target.
 */
export interface SidePages {
  readonly source: AsyncIterable<ListPage>
  readonly target: AsyncIterable<ListPage> | 'empty' | 'unasked'
  readonly backups: PairBackups
}

/**
 * Joins the listings of a range and decides about each object. For each page of the source: the event with the results, then the objects to
 * process.
 * @throws {OrderViolation} when the keys of a joined side do not ascend
 */
export async function* comparePages(
  run: Run,
  range: Range,
  listings: SidePages,
  trust: EtagTrust,
): AsyncGenerator<readonly Planned[]> {
  const { source, target } = range.pair
  const scope = new Scope(run, range.pair, listings.backups)
  for await (const page of joined(range, listings, run.plan.deletes !== undefined)) {
    const items: PlanItem[] = []
    const skipped: Partial<Record<SkipReason, { objects: number; bytes: number }>> = {}
    const { failures, notices } = tellUnlisted(run, range.pair, page.unseen)
    const unlisted = failures.length
    const told: SyncEvent[] = [...notices]
    const emit = ({ key, size }: ObjectEntry, reason: EventOf<'skip-told'>['reason']): void => {
      if (run.plan.tellSkips || reason === 'no-name')
        told.push({ type: 'skip-told', ...at(run), pair: range.pair, key, size, reason })
    }
    const skip = (entry: ObjectEntry, reason: SkipReason): void => {
      const tally = (skipped[reason] ??= { objects: 0, bytes: 0 })
      tally.objects++
      tally.bytes += entry.size
      emit(entry, reason)
    }
    const filtered = { objects: 0, bytes: 0 }
    const clocks = learnedClocks(run)
    const filter = (entry: ObjectEntry): void => {
      filtered.objects++
      filtered.bytes += entry.size
      emit(entry, 'filtered')
    }
    for (const [index, entry] of page.entries.entries()) {
      const key = targetKey(range.pair, entry.key)
      const leftOut = scope.leftOut(entry, key)
      if (leftOut === 'filtered') {
        filter(entry)
        continue
      }
      if (leftOut === 'folder') {
        skip(entry, 'folder')
        continue
      }
      const unknown = page.unknown?.get(index)
      if (unknown !== undefined) {
        failures.push({ key: entry.key, failure: { ...unknown, side: 'target' } })
        continue
      }
      const there = page.targets[index]
      const decided = (): Verdict => decide(entry, there, run.plan, { etags: trust.facts.etags, clocks })
      let verdict = listings.target === 'unasked' ? ALWAYS : decided()
      if (there !== undefined && !trust.facts.isTested && verdict.action === 'copy' && verdict.reason === 'etag') {
        const [from, to] = [
          { bucket: source.bucket, key: entry.key },
          { bucket: target.bucket, key: there.key },
        ]
        verdict = await decideWithRetries(
          run,
          range.pair,
          entry.key,
          { trust, emit: (event) => told.push(event) },
          async (signal) => {
            if (!trust.facts.isTested) await testEtags(run.stores, from, to, trust, signal)
            return decided()
          },
        )
      }
      if (verdict.action === 'skip') {
        skip(entry, verdict.reason)
        continue
      }
      const notWritten = await scope.notWritten(entry, key, there !== undefined || listings.target === 'unasked')
      if (notWritten === 'backup') {
        filter(entry)
        told.push(...keptInWords(run, range))
      } else if (notWritten !== undefined) skip(entry, notWritten)
      else if (key !== undefined) {
        const copy = { from: { bucket: source.bucket, entry }, to: { bucket: target.bucket, key } }
        items.push({ type: 'object', copy, there, verdict })
      }
    }
    const toCopy = tally(items.map(({ copy }) => copy.from.entry))
    range.decided(page.entries, page.upTo)
    yield [
      {
        type: 'page-decided',
        ...at(run),
        shard: range.shard,
        upTo: keyOf(source, page.upTo) ?? '',
        ...(range.isIndivisible ? { unordered: true } : {}),
        listed: more(tally(page.entries), { objects: unlisted, bytes: 0 }),
        skipped,
        ...(filtered.objects === 0 ? {} : { filtered }),
        ...(await extra(run, range, page, scope)),
        toCopy,
        keys: [...items.map(({ copy }) => copy.from.entry.key), ...failures.map(({ key }) => key)],
      },
      ...told,
      ...failures.map((failure) => failedUnlisted(run, range.pair, failure)),
      ...items,
    ]
  }
}

/** Adds objects that exist only at the target to the delete candidates. */
async function extra(
  run: Run,
  range: Range,
  { there, extras }: JoinedPage,
  scope: Scope,
): Promise<Pick<EventOf<'page-decided'>, 'there' | 'extra'>> {
  if (run.plan.deletes === undefined || there.objects === 0) return {}
  const found = await notHidden(run, range, await scope.extras(range, extras))
  if (found.length === 0) return { there }
  await run.candidates.add(run.plan.pairs.indexOf(range.pair), found)
  return { there, extra: tally(found) }
}

/** Notice that backups are neither copied nor overwritten, once for each pair. */
function keptInWords(run: Run, { pair }: Range): SyncEvent[] {
  const code = 'BackupsLeftAlone'
  const once = `${code} ${pair.source.bucket} ${pair.target.bucket}`
  if (run.noticesGiven.has(once)) return []
  run.noticesGiven.add(once)
  const message = 'Backups of earlier runs are neither copied nor overwritten. To copy them, name their prefix as SOURCE.'
  return [{ type: 'notice-given', ...at(run), code, message }]
}

/** Removes keys that the source has in a form that its listings skip (e.g. a symbolic link). */
async function notHidden({ stores }: Run, { pair }: Range, extras: readonly ObjectEntry[]): Promise<readonly ObjectEntry[]> {
  const { files } = stores.source
  if (files === undefined) return extras
  const gone: ObjectEntry[] = []
  for (const entry of extras) {
    const key = keyOf(pair.source, tailOf(pair.target, entry.key))
    const { signal } = new AbortController()
    if (key === undefined || !(await onSide('source', files.hides({ bucket: pair.source.bucket, key, signal })))) gone.push(entry)
  }
  return gone
}

const NOTHING: Tally = { objects: 0, bytes: 0 }
const ALWAYS: Verdict = { action: 'copy', reason: 'always' }

/** The joined pages of a range. `extras`: include objects that exist only at the target. */
export function joined(range: Range, { source, target }: SidePages, extras: boolean): AsyncIterable<JoinedPage> {
  const { pair } = range
  const here = prefetch(range.ofSource(source))
  const keys = tailsOf(pair)
  if (target === 'empty' || target === 'unasked') return alone(range, here, new Overlooked(keys))
  const after = { source: range.startsBehind(pair.source), target: range.startsBehind(pair.target) }
  return join(here, prefetch(range.ofTarget(target)), keys, after, extras)
}

/** Without a join the order does not matter, unless a part of the range was given to another lister. */
async function* alone(range: Range, source: AsyncIterable<ListPage>, overlooked: Overlooked): AsyncGenerator<JoinedPage> {
  const ascending = new Ascending('source', range.startsBehind(range.pair.source))
  let upTo = range.after ?? ''
  for await (const page of source) {
    const { entries } = page
    overlooked.add('source', page)
    if (!range.isIndivisible) {
      try {
        for (const { key } of entries) ascending.check(key)
      } catch (error) {
        if (!range.isWhole) throw error
        range.isIndivisible = true
      }
    }
    const last = entries.at(-1)
    if (last === undefined) continue
    upTo = tailOf(range.pair.source, last.key)
    yield { upTo, entries, targets: [], ...overlooked.upTo(upTo), extras: [], there: NOTHING }
  }
  const rest = overlooked.upTo()
  if (rest.unseen !== undefined) yield { upTo, entries: [], targets: [], ...rest, extras: [], there: NOTHING }
}
