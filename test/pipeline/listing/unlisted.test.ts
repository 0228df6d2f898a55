import { describe, expect, it } from '@jest/globals'
import { delegate } from '../../../src/pipeline/ports/wrap-store.js'
import type { Failure } from '../../../src/pipeline/ports/failure.js'
import { compareKeys } from '../../../src/pipeline/ports/key-order.js'
import type { ObjectStore } from '../../../src/pipeline/ports/object-store.js'
import type { Unlisted } from '../../../src/pipeline/ports/objects.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { evolve, initialState, overall } from '../../../src/pipeline/state/run-state.js'
import { summarize } from '../../../src/pipeline/state/summary.js'
import { settled } from '../../../src/pipeline/state/totals.js'
import { fileCalls } from '../../support/file-calls.js'
import { MemoryStore } from '../../support/memory-store.js'
import { MemoryJournal, ofType, resumedFrom, VirtualWorld } from '../harness.js'

const denied = (key: string): Unlisted => {
  const failure: Failure = { kind: 'permanent', operation: 'ReadDirectory', code: 'PermissionDenied', message: 'closed' }
  return { key, failure }
}
const pipe = (key: string): Unlisted => ({ key, notice: { code: 'SpecialFilesSkipped', message: 'no file' } })

/** A file store whose listing also contains these items; objects below a `directory/` that cannot be read are not listed. */
function like(store: MemoryStore, unlisted: readonly Unlisted[]): ObjectStore {
  const closed = unlisted.filter((one) => 'failure' in one && one.key.endsWith('/'))
  const isClosed = (key: string): boolean => closed.some((one) => key.startsWith(one.key))
  return {
    ...delegate(store, (call) => call),
    traits: { seeks: false, holdsFolders: false },
    files: fileCalls({ hides: ({ key }) => Promise.resolve(isClosed(key)) }),
    async listPage(request) {
      const page = await store.listPage(request)
      const from = request.token ?? request.after ?? ''
      const told = unlisted
        .filter(({ key }) => key.startsWith(request.prefix) && compareKeys(key, from) > 0)
        .filter(({ key }) => page.next === undefined || compareKeys(key, page.next) <= 0)
      return { ...page, entries: page.entries.filter(({ key }) => !isClosed(key)), ...(told.length > 0 && { unlisted: told }) }
    },
  }
}

const bucket = (...keys: string[]): MemoryStore =>
  keys.reduce((store, key) => store.seed('media', key, `of ${key}`), new MemoryStore({ pageSize: 2 }).seed('media', 'a', 'of a'))

interface Given {
  readonly source: MemoryStore
  readonly target: MemoryStore
  readonly here?: readonly Unlisted[]
  readonly there?: readonly Unlisted[]
  readonly plan?: Partial<SyncPlan>
}

async function run({ source, target, here, there, plan }: Given, world = new VirtualWorld(source, target)) {
  const stores = { source: here ? like(source, here) : source, target: there ? like(target, there) : target }
  const events = await world.run(plan, stores)
  const state = events.reduce(evolve, world.resumed?.state ?? initialState)
  const totals = overall(state)
  expect(settled(totals)).toBe(totals.listed)
  return {
    events,
    totals,
    status: summarize(state, 0).status,
    failed: ofType(events, 'object-failed').map(({ key, failure }) => `${failure.code} ${key} at the ${failure.side ?? ''}`),
    notices: ofType(events, 'notice-given').map(({ code }) => code),
  }
}

const DELETING = { deletes: { atMost: { percent: 100 } } }

describe('a source directory that can’t be read', () => {
  it('is reported as failed; the rest is copied', async () => {
    const [source, target] = [bucket('d/1', 'e'), bucket()]
    const { status, totals, failed } = await run({ source, target, here: [denied('d/'), denied('z/')] })
    expect([status, failed]).toEqual(['partial', ['PermissionDenied d/ at the source', 'PermissionDenied z/ at the source']])
    expect(totals).toMatchObject({ listed: 4, copied: 1, skipped: 1, failed: 2 })
    expect(Object.keys(target.contents('media') ?? {})).toEqual(['a', 'e'])
  })

  it('protects everything below it at the target', async () => {
    const [source, target] = [bucket('d/1'), bucket('d/1', 'd/2', 'x')]
    const { events } = await run({ source, target, here: [denied('d/')], plan: DELETING })
    // These objects must not be candidates, even if another reason withholds the deletes.
    expect(ofType(events, 'deletes-withheld')).toMatchObject([{ objects: 1 }])
    expect(Object.keys(target.contents('media') ?? {})).toEqual(['a', 'd/1', 'd/2', 'x'])
  })

  it('is reported once if the target’s listing has no order, so that both are sorted', async () => {
    const source = bucket('b', 'd/1', 'e')
    const target = new MemoryStore({ pageSize: 2, order: (x, y) => compareKeys(y, x) })
      .seed('media', 'a', '')
      .seed('media', 'b', '')
    const { totals, failed } = await run({ source, target, here: [denied('d/')] })
    expect(failed.at(-1)).toBe('PermissionDenied d/ at the source')
    expect(totals.failed).toBe(1)
  })

  it('is not reported as equal by a comparison', async () => {
    const [source, target] = [bucket('d/1'), bucket()]
    const plan = { verifiesOnly: true, verifies: { deep: false, extras: true } }
    const { events } = await run({ source, target, here: [denied('d/')], plan })
    expect(ofType(events, 'verification-failed')).toMatchObject([{ key: 'd/', failure: { code: 'PermissionDenied' } }])
  })
})

describe('a target directory that can’t be read', () => {
  it('is reported as failed, like the copies into it; nothing in it is overwritten or deleted', async () => {
    const [source, target] = [bucket('d/1', 'd/2', 'e'), bucket('d/1', 'd/3')]
    target.seed('media', 'd/1', 'other')
    const { status, failed, totals } = await run({ source, target, there: [denied('d/')], plan: DELETING })
    expect(status).toBe('partial')
    expect(failed.sort()).toEqual(['d/', 'd/1', 'd/2'].map((key) => `PermissionDenied ${key} at the target`))
    expect(totals).toMatchObject({ listed: 5, copied: 1, skipped: 1, failed: 3, deletesPlanned: 0 })
    expect(target.contents('media')).toMatchObject({ 'd/1': 'other', 'd/3': 'of d/3', e: 'of e' })
  })
})

describe('names out of scope are not reported', () => {
  const globs = (...all: string[]) => ({
    selection: { globs: all.map((glob) => ({ include: glob.startsWith('+'), glob: glob.slice(1) })) },
  })
  const sized = { selection: { globs: [], minSize: 1_000, newerThan: Date.UTC(2030, 0), olderThan: Date.UTC(2031, 0) } }
  it.each([
    ['nothing is excluded', {}, true],
    ['it is excluded', globs('-d/**'), false],
    ['something else is excluded', globs('-c/**', '-**/*.jpg'), true],
    ['all is excluded', globs('-**'), false],
    ['it is excluded, and what is in it may be included again', globs('-d/**', '+**/*.jpg'), true],
    ['it is excluded, and something elsewhere is included again', globs('-**', '+e/**'), false],
    ['what is in it may be included', globs('+**/*.jpg'), true],
    ['it is included', globs('+d/**'), true],
    ['something elsewhere is included', globs('+e/**', '+f/**'), false],
    ['something in it is included', globs('+d/deep/x', '+e'), true],
    ['what may be in it is included, and it is excluded', globs('+**/*.jpg', '-d/**'), false],
    ['sizes and ages are chosen, which nobody knows', sized, true],
  ])('a directory that can’t be read, when %s', async (_when, plan, isTold) => {
    const { failed } = await run({ source: bucket('e'), target: bucket(), here: [denied('d/')], plan })
    expect(failed.length > 0).toBe(isTold)
  })

  it('an unreadable name, a pipe: only if selected; pipes once, and only at the source', async () => {
    const here = [denied('bad\\xff'), pipe('pipe'), pipe('pipe 2')]
    const given = { source: bucket('e'), target: bucket(), here, there: [pipe('theirs')] }
    expect(await run(given)).toMatchObject({
      failed: ['PermissionDenied bad\\xff at the source'],
      notices: ['SpecialFilesSkipped'],
    })
    expect(await run({ ...given, plan: globs('-bad*', '-pipe*') })).toMatchObject({
      failed: [],
      notices: [],
      status: 'completed',
    })
  })
})

describe('a resume checks directories again that could not be read', () => {
  async function resumed(here: readonly Unlisted[], there: readonly Unlisted[] = []) {
    const [source, target, journal] = [bucket('d/1', 'd/2', 'e'), bucket(), new MemoryJournal()]
    const first = new VirtualWorld(source, target)
    first.journal = journal
    await run({ source, target, here: [denied('d/')] }, first)
    const second = new VirtualWorld(source, target)
    second.resumed = resumedFrom(journal)
    return { target, ...(await run({ source, target, here, there }, second)) }
  }

  it('and copies their current content', async () => {
    const { status, totals, target } = await resumed([])
    expect([status, totals]).toMatchObject(['completed', { listed: 5, copied: 3, skipped: 2, failed: 0, reasons: { folder: 1 } }])
    expect(Object.keys(target.contents('media') ?? {})).toEqual(['a', 'e', 'd/1', 'd/2'])
  })

  it('and those that still can’t be read fail again, with the objects in them', async () => {
    expect(await resumed([denied('d/')])).toMatchObject({ status: 'partial', failed: ['PermissionDenied d/ at the source'] })
    expect((await resumed([denied('d/2/')])).failed).toEqual(['PermissionDenied d/2/ at the source'])
    expect((await resumed([], [denied('d/')])).failed).toContain('PermissionDenied d/ at the target')
  })
})

it('between buckets an object whose name ends with a slash is an ordinary object, also when it is tried again', async () => {
  const [source, target, journal] = [bucket('d/'), bucket(), new MemoryJournal()]
  target.failing('put', (_call, count) =>
    count === 1 ? { kind: 'permanent', operation: 'PutObject', code: 'No', message: '' } : undefined,
  )
  const first = new VirtualWorld(source, target)
  first.journal = journal
  expect((await run({ source, target }, first)).failed).toHaveLength(1)
  const second = new VirtualWorld(source, target)
  second.resumed = resumedFrom(journal)
  expect(await run({ source, target }, second)).toMatchObject({ status: 'completed', totals: { copied: 1, failed: 0 } })
})
