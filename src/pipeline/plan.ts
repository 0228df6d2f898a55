import { decide, type Verdict } from './decide.js'
import type { PageDecided, SkipReason, Tally } from './events.js'
import { join, type JoinedPage } from './join.js'
import type { ListPage, ObjectEntry } from './ports.js'
import { tailOf, targetKey } from './prefix.js'
import { at, type Run } from './run.js'
import type { Shard } from './shards.js'
import type { Copy, EtagTrust } from './transfer.js'

/** One object that the listings do not settle: to be copied, or to be compared by checksum first. */
export interface PlanItem {
  readonly type: 'object'
  readonly copy: Copy
  readonly verdict: Exclude<Verdict, { readonly action: 'skip' }>
}

/** The pages of the two sides. `empty`: nothing is there (no order to check). `unasked`: everything is copied whatever is there. */
export interface Listings {
  readonly source: AsyncIterable<ListPage>
  readonly target: AsyncIterable<ListPage> | 'empty' | 'unasked'
}

/**
 * Joins the listings and decides: for each page of the source what was found, then the objects of it that something must be done about.
 * @throws {OrderViolation} when the keys of a joined side do not ascend
 */
export async function* planShard(
  run: Run,
  shard: Shard,
  listings: Listings,
  trust: EtagTrust,
): AsyncGenerator<readonly (PageDecided | PlanItem)[]> {
  const { source, target } = shard.pair
  for await (const page of joined(shard, listings)) {
    const items: PlanItem[] = []
    const skipped: Partial<Record<SkipReason, { objects: number; bytes: number }>> = {}
    const skip = (reason: SkipReason, size: number): void => {
      const tally = (skipped[reason] ??= { objects: 0, bytes: 0 })
      tally.objects++
      tally.bytes += size
    }
    for (const [index, entry] of page.entries.entries()) {
      const verdict = listings.target === 'unasked' ? ALWAYS : decide(entry, page.targets[index], run.plan, trust.areMd5)
      if (verdict.action === 'skip') {
        skip(verdict.reason, entry.size)
        continue
      }
      const key = targetKey(shard.pair, entry.key)
      if (key === undefined) skip('no-name', entry.size)
      else
        items.push({
          type: 'object',
          copy: { from: { bucket: source.bucket, entry }, to: { bucket: target.bucket, key } },
          verdict,
        })
    }
    const toCopy = tally(items.map(({ copy }) => copy.from.entry))
    const upTo = page.entries.at(-1)?.key ?? ''
    yield [{ type: 'page-decided', ...at(run), shard, upTo, listed: tally(page.entries), skipped, toCopy }, ...items]
  }
}

const ALWAYS: Verdict = { action: 'copy', reason: 'always' }

function joined({ pair }: Shard, { source, target }: Listings): AsyncIterable<JoinedPage> {
  if (target === 'empty' || target === 'unasked') return alone(source)
  return join(source, target, { source: (key) => tailOf(pair.source, key), target: (key) => tailOf(pair.target, key) })
}

async function* alone(source: AsyncIterable<ListPage>): AsyncGenerator<JoinedPage> {
  for await (const { entries } of source) if (entries.length > 0) yield { entries, targets: [] }
}

function tally(entries: readonly ObjectEntry[]): Tally {
  return { objects: entries.length, bytes: entries.reduce((sum, { size }) => sum + size, 0) }
}
