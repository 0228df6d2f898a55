import { describe, expect, it } from '@jest/globals'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import type { ObjectStore } from '../../../src/pipeline/ports/object-store.js'
import { PageProgress } from '../../../src/pipeline/ports/page-progress.js'
import { delegate } from '../../../src/pipeline/ports/wrap-store.js'
import { evolve, initialState } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { MemoryStore } from '../../support/memory-store.js'
import { ofType, VirtualWorld } from '../harness.js'

/** The number of the page at which the listing is recognized as endless; undefined if it is not, within `most` pages. */
function recognizedAt(tokens: (page: number) => string, most: number, entries: readonly unknown[] = ['an entry']) {
  const progress = new PageProgress('Listing')
  for (let page = 1; page <= most; page++) {
    try {
      progress.check({ entries, next: tokens(page) })
    } catch {
      return page
    }
  }
  return undefined
}

describe('pages that never end', () => {
  it.each([
    [0, 1],
    [0, 2],
    [5, 1],
    [7, 12],
    [100, 3],
    [3, 100],
  ])('after %d pages in a circle of %d are recognized, before they are read five times', (before, circle) => {
    const tokens = (page: number): string => String(page <= before ? -page : (page - before) % circle)
    expect(recognizedAt(tokens, 5 * (before + circle))).toBeGreaterThan(before)
  })

  it('without entries are recognized', () => {
    expect(recognizedAt(String, 20_000, [])).toBe(10_001)
  })

  it('are not seen in a long listing, nor in one with empty pages between others', () => {
    expect(recognizedAt(String, 100_000)).toBeUndefined()
    const progress = new PageProgress('Listing')
    for (let page = 1; page <= 100_000; page++) {
      progress.check({ entries: page % 10_000 === 0 ? ['an entry'] : [], next: String(page) })
    }
  })
})

/** Answers every listing with two pages, each of which names the other as the next. */
function circling(store: MemoryStore): ObjectStore {
  const turned = <P extends { readonly next?: string }>(page: P, token: string | undefined): P => ({
    ...page,
    next: token === 'one' ? 'other' : 'one',
  })
  const plain = delegate(store, (call) => call)
  return {
    ...plain,
    listPage: async ({ token, ...request }) => turned(await store.listPage(request), token),
    ...(plain.versions && {
      versions: {
        ...plain.versions,
        listVersions: async ({ token, ...request }) => turned(await store.listVersions(request), token),
      },
    }),
  }
}

describe('given a source whose listing leads in a circle', () => {
  it.each<[string, Partial<SyncPlan>]>([
    ['of objects', {}],
    ['of versions', { versions: true }],
  ])('%s: the run ends with its failure, and deletes nothing', async (_what, plan) => {
    const source = new MemoryStore().keeping('media').seed('media', 'a', 'a').seed('media', 'b', 'b')
    const target = new MemoryStore().keeping('media').seed('media', 'extra', 'kept')
    const world = new VirtualWorld(source, target)
    const deletes = plan.versions === true ? {} : { deletes: { atMost: { percent: 100 } } }
    const events = await world.run({ ...plan, ...deletes }, { source: circling(source), target })
    expect(summarize(events.reduce(evolve, initialState), 0).status).toBe('failed')
    expect(ofType(events, 'shard-failed').map(({ failure }) => [failure.code, failure.side])).toContainEqual([
      'MalformedListing',
      'source',
    ])
    expect(target.contents('media')).toHaveProperty('extra')
  })
})
