import { learnedClocks, mayBeNewer } from '../compare/clock-difference.js'
import { joined, type SidePages } from '../compare/compare-page.js'
import { Scope } from '../compare/scope.js'
import type { EventOf, SyncEvent } from '../events/events.js'
import type { Difference, Proof } from '../events/reasons.js'
import type { Range } from '../listing/key-range.js'
import { type KeyFailure, tellUnlisted } from '../listing/unlisted.js'
import type { ObjectEntry } from '../ports/objects.js'
import { keyOf, targetKey } from '../ports/relative-key.js'
import { isTime } from '../proof/compare-etags.js'
import { provenByListing } from '../proof/prove.js'
import { at, type Run } from '../run/run-context.js'
import type { ToProve } from './verify-object.js'

type Verified = SyncEvent | ToProve

/**
 * Joins the listings of a range. For each page it yields what the listings alone prove, then failures, differences and the objects that
 * need a proof by request.
 * @throws {OrderViolation} when the keys of a side do not ascend
 */
export async function* verifyPages(run: Run, range: Range, listings: SidePages): AsyncGenerator<readonly Verified[]> {
  const { pair } = range
  const { source } = pair
  const { deep } = run.plan.verifies ?? { deep: false }
  const different = ({ key, size }: ObjectEntry, difference: Difference): EventOf<'object-different'> => ({
    ...{ type: 'object-different', ...at(run), pair, key, size, difference },
  })
  const failing = ({ key, failure }: KeyFailure, size = 0): EventOf<'verification-failed'> => ({
    ...{ type: 'verification-failed', ...at(run), pair, key, size, attempts: 1, failure },
  })
  const scope = new Scope(run, pair, listings.backups)
  for await (const page of joined(range, listings, true)) {
    const { failures, notices } = tellUnlisted(run, pair, page.unseen)
    const items: Verified[] = [...notices, ...failures.map((one) => failing(one))]
    const proofs: Partial<Record<Proof, { objects: number; bytes: number }>> = {}
    const listed = { objects: failures.length, bytes: 0 }
    const clocks = learnedClocks(run)
    for (const [index, entry] of page.entries.entries()) {
      const key = targetKey(pair, entry.key)
      if (scope.leftOut(entry, key) !== undefined) continue
      const there = page.targets[index]
      const proven = there && provenByListing(entry, there, deep)
      if (proven?.equal !== true && (await scope.touchesBackup(entry, key, there !== undefined))) continue
      listed.objects++
      listed.bytes += entry.size
      const unknown = page.unknown?.get(index)
      if (unknown !== undefined) {
        items.push(failing({ key: entry.key, failure: { ...unknown, side: 'target' } }, entry.size))
        continue
      }
      if (there === undefined) {
        items.push(different(entry, 'missing'))
        continue
      }
      const mayHaveOtherMetadata = !isTime(entry.etag) && !isTime(there.etag) && mayBeNewer(entry, there, clocks)
      if (proven === undefined || (proven.equal && mayHaveOtherMetadata))
        items.push({ type: 'to-prove', source: entry, target: there, ...(mayHaveOtherMetadata && { metadata: true }) })
      else if (!proven.equal) items.push(different(entry, proven.by))
      else {
        const tally = (proofs[proven.proof] ??= { objects: 0, bytes: 0 })
        tally.objects++
        tally.bytes += entry.size
      }
    }
    for (const entry of await scope.extras(range, page.extras)) items.push(different(entry, 'extra'))
    range.decided(page.entries, page.upTo)
    const upTo = keyOf(source, page.upTo) ?? ''
    yield [{ type: 'page-verified', ...at(run), shard: range.shard, upTo, listed, proofs }, ...items]
  }
}
