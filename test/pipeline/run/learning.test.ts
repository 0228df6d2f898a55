import { describe, expect, it } from '@jest/globals'
import { takeWhile, toArray } from 'rxjs'
import * as v from 'valibot'
import { EventSchema, type LearnedEvent, type SyncEvent } from '../../../src/pipeline/events/events.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { etagFactsOf, learn, NOTHING_LEARNED } from '../../../src/pipeline/state/learned.js'
import { failureOf, MemoryStore } from '../../support/memory-store.js'
import { eventsOf, MemoryJournal, ofType, pair, PLAN, resumedFrom, VirtualWorld } from '../harness.js'

const PAIR = pair('media')
const EVENTS: readonly LearnedEvent[] = [
  { type: 'etag-trust-changed', at: 1, pair: PAIR, etags: 'md5', isTested: true, hasHidden: false },
  { type: 'etag-trust-changed', at: 2, pair: PAIR, etags: 'none', isTested: true, hasHidden: false },
  { type: 'feature-support-learned', at: 3, bucket: 'media', feature: 'tags', support: { is: 'refused', why: 'no tags' } },
  { type: 'feature-support-learned', at: 4, bucket: 'media', feature: 'acl', support: { is: 'held' } },
  { type: 'server-side-copy-refused', at: 5, of: 'backups', code: 'AccessDenied' },
]

describe('what a run has learned', () => {
  it('is the last word on each pair, feature and kind of copy', () => {
    expect(EVENTS.reduce(learn, NOTHING_LEARNED)).toEqual({
      etags: [{ pair: PAIR, etags: 'none', isTested: true, hasHidden: false }],
      features: { media: { tags: { is: 'refused', why: 'no tags' }, acl: { is: 'held' } } },
      serverSideCopyRefused: { backups: 'AccessDenied' },
    })
  })

  it('of a pair that showed nothing yet: its ETags are MD5s', () => {
    expect(etagFactsOf(NOTHING_LEARNED, PAIR)).toEqual({ etags: 'md5', isTested: false, hasHidden: false })
  })

  it('is in the journal as it was emitted', () => {
    for (const event of EVENTS) expect(v.parse(EventSchema, JSON.parse(JSON.stringify(event)))).toEqual(event)
  })
})

describe('a run that is interrupted after it has learned something', () => {
  /** Runs a plan in two processes, the first of which ends right after the first event of a type. */
  async function inTwoProcesses(world: VirtualWorld, plan: Partial<SyncPlan>, until: SyncEvent['type']): Promise<MemoryJournal> {
    const journal = new MemoryJournal()
    world.journal = journal
    const run = () => eventsOf({ ...PLAN, ...plan }, world)
    await world.settle(
      run().pipe(
        takeWhile(({ type }) => type !== until, true),
        toArray(),
      ),
    )
    world.resumed = resumedFrom(journal)
    await world.settle(run().pipe(toArray()))
    return journal
  }

  it('does not ask again for server-side copies that were refused', async () => {
    const store = new MemoryStore()
    for (let i = 0; i < 20; i++) store.seed('media', `k${i}`, 'x')
    store.failing('copy', () => failureOf('permanent', 'AccessDenied', 'CopyObject', 403))
    const pairs = [{ source: PAIR.source, target: { ...PAIR.target, bucket: 'copy' } }]
    const world = new VirtualWorld(store, store)
    const journal = await inTwoProcesses(world, { serverSideCopy: true, pairs, workers: 1 }, 'server-side-copy-refused')
    expect(ofType(journal.events, 'run-resumed')).toHaveLength(1)
    expect(store.calls.get('copy')).toBe(1)
    expect(ofType(journal.events, 'server-side-copy-refused')).toHaveLength(1)
    expect(Object.keys(store.contents('copy') ?? {})).toHaveLength(20)
  })
})
