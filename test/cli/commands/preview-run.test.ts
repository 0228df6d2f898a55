import { describe, expect, it } from '@jest/globals'
import { NEVER, of } from 'rxjs'
import { previewRun } from '../../../src/cli/commands/preview-run.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { compareKeys } from '../../../src/pipeline/ports/key-order.js'
import { Cancelled } from '../../../src/prompts/cancelled.js'
import { memoryCandidates, memorySorter, PLAN } from '../../pipeline/harness.js'
import { ScriptedQuestions } from '../../prompts/wizard/scripted-questions.js'
import { fakeScreen } from '../../reporters/run.js'
import { MemoryStore } from '../../support/memory-store.js'
import { fakeProcess } from '../../support/fake-process.js'

type Objects = Readonly<Record<string, string>>

/** A store with a bucket `media` that holds these objects; without objects it is an empty one. */
function holding(objects: Objects): MemoryStore {
  const store = new MemoryStore().seed('media', 'x', '')
  store.remove('media', 'x')
  for (const [key, content] of Object.entries(objects)) store.seed('media', key, content)
  return store
}

interface Given {
  readonly source?: MemoryStore
  readonly target?: MemoryStore
  readonly plan?: Partial<SyncPlan>
  readonly pressed?: 'key' | 'leave'
  readonly interrupted?: 'SIGTERM'
  readonly notices?: Parameters<typeof previewRun>[0]['notices']
}

const SAME = { a: 'same' }

async function previewOf({ pressed, interrupted, notices = NEVER, ...given }: Given) {
  const stores = { source: given.source ?? holding(SAME), target: given.target ?? holding(SAME) }
  const questions = new ScriptedQuestions([])
  if (pressed !== undefined) questions.pressed = Promise.resolve(pressed)
  const plan = { ...PLAN, retries: 0, ...given.plan }
  const job = { plan, stores, sorter: memorySorter, candidates: memoryCandidates(), notices }
  const { proc } = fakeProcess(interrupted && { interrupted })
  const screen = fakeScreen()
  const seen = previewRun(job, undefined, questions, screen, proc).finally(() => expect(questions.released).toBe(true))
  return { ...(await seen), stores }
}

const DELETES = { deletes: { atMost: { percent: 100 } } } as const
const denied = (store: MemoryStore, method: 'listPage' | 'get'): MemoryStore =>
  store.failing(method, () => ({ kind: 'permanent', operation: method, code: 'AccessDenied', message: '' }))

const UNORDERED = new MemoryStore({ order: (a, b) => compareKeys(b, a) }).seed('media', 'a', 'same').seed('media', 'b', 'same')

describe('a preview', () => {
  it.each<[what: string, given: Given, isIdle: boolean, lines: readonly (string | RegExp)[]]>([
    ['equal sides', {}, true, ['nothing to do: the target is up to date']],
    ['two empty buckets', { source: holding({}), target: holding({}) }, true, ['nothing to do: the target is up to date']],
    ['an extra object, without --delete', { target: holding({ ...SAME, b: 'b' }) }, true, [/^nothing to do/]],
    [
      'a new object',
      { target: holding({}) },
      false,
      [/^1 object to copy \(4 B\)$/, /CopyObject|PutObject|GetObject/, /^no time/],
    ],
    ['a changed object', { target: holding({ a: 'else' }) }, false, [/^1 object to copy/, /./, /./]],
    [
      'an extra object, with --delete',
      { target: holding({ ...SAME, b: 'b' }), plan: DELETES },
      false,
      [/1 object to delete$/, /./],
    ],
    [
      'deletes that a guard refuses',
      { source: holding({}), target: holding(SAME), plan: DELETES },
      false,
      ['nothing to copy', /^Nothing is deleted: the source lists no objects/],
    ],
    [
      'a target in no order, with --delete',
      { target: UNORDERED, plan: DELETES },
      false,
      ['nothing to copy', /^Nothing is deleted: one side/],
    ],
    ['a listing that is denied', { source: denied(holding(SAME), 'listPage') }, false, []],
    ['a key pressed meanwhile', { pressed: 'key' }, false, []],
  ])('given %s', async (_what, given, isIdle, expected) => {
    const { lines, idle } = await previewOf(given)
    expect(lines).toHaveLength(expected.length)
    for (const [index, line] of expected.entries()) expect(lines[index]).toMatch(line)
    expect(idle !== undefined).toBe(isIdle)
  })

  it('given --verify, when it looks ahead, then no object is read: comparing comes after the copies', async () => {
    const plan = { verifies: { deep: true } }
    const { stores, lines } = await previewOf({ plan, target: holding({}) })
    expect(lines[0]).toMatch(/^1 object to copy/)
    expect([stores.source, stores.target].map(({ calls }) => calls.get('get') ?? 0)).toEqual([0, 0])
  })

  it('given something to copy and to delete, when it looks ahead, then it writes nothing', async () => {
    const { stores } = await previewOf({
      source: holding({ ...SAME, b: 'b' }),
      target: holding({ ...SAME, c: 'c' }),
      plan: DELETES,
    })
    expect(stores.target.contents('media')).toEqual({ ...SAME, c: 'c' })
  })

  it.each<[string, Given]>([
    ['Ctrl+C meanwhile', { pressed: 'leave' }],
    ['SIGTERM', { interrupted: 'SIGTERM' }],
  ])('given %s, then it is cancelled', async (_what, given) => {
    await expect(previewOf(given)).rejects.toThrow(Cancelled)
  })

  it('given nothing to do and a notice, when it looks ahead, then the notice is reported and skipped objects are not', async () => {
    const notices = of({ code: 'Old', message: 'This server is old.' })
    const { idle } = await previewOf({ notices })
    expect(idle?.reported).toMatchObject([{ type: 'notice-given', message: 'This server is old.' }])
    expect(idle?.state.pairs[0]?.totals).toMatchObject({ listed: 1, skipped: 1, copied: 0 })
  })
})
