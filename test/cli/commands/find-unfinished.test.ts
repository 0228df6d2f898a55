import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findUnfinishedRun } from '../../../src/cli/commands/find-unfinished.js'
import { acquireLock } from '../../../src/io/files/lock.js'
import type { BucketPair } from '../../../src/pipeline/ports/bucket-pair.js'
import { MEDIA, pairOf } from '../../reporters/run.js'
import { ENDINGS, keepRun } from '../../support/journals.js'

let runs: string
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 's3-sync-runs-'))
})
afterEach(() => rmSync(runs, { recursive: true }))

const ENDPOINTS = { source: 'http://a', target: 'http://b' }
const AIM = { endpoints: ENDPOINTS, pairs: [MEDIA] }
const OTHER = pairOf('other')

/** Keeps runs whose ids sort in the order given. */
function keep(...kept: readonly Omit<Parameters<typeof keepRun>[1], 'run'>[]): void {
  for (const [index, one] of kept.entries()) keepRun(runs, { run: `RUN-${index + 1}`, ...one })
}

const found = async (aim = AIM): Promise<string | undefined> => (await findUnfinishedRun(runs, aim))?.summary.run

type Run = Omit<Parameters<typeof keepRun>[1], 'run'>
const KILLED: Run = { events: ENDINGS.killed }
const PARTIAL: Run = { events: ENDINGS.partial }
const COMPLETED: Run = { events: ENDINGS.completed }
const ELSEWHERE: Run = { events: ENDINGS.killed, header: { endpoints: { source: 'http://a', target: 'http://else' } } }
const pairs = (...of: readonly BucketPair[]): Run => ({ events: ENDINGS.killed, pairs: of })

describe('the run that a new one is about to repeat', () => {
  it.each<[what: string, kept: readonly Run[], run: string | undefined]>([
    ['no runs', [], undefined],
    ['one that was killed', [KILLED], 'RUN-1'],
    ['one with failures', [PARTIAL], 'RUN-1'],
    ['one that was completed', [COMPLETED], undefined],
    ['two that were killed', [KILLED, KILLED], 'RUN-2'],
    ['one that was completed after one that was killed', [KILLED, COMPLETED], undefined],
    ['one that was killed after one that was completed', [COMPLETED, KILLED], 'RUN-2'],
    ['one of another endpoint after it', [KILLED, ELSEWHERE], 'RUN-1'],
    ['one of another endpoint', [ELSEWHERE], undefined],
    ['one of another pair', [pairs(OTHER)], undefined],
    ['one of more pairs', [pairs(MEDIA, OTHER)], undefined],
  ])('given %s', async (_what, kept, run) => {
    keep(...kept)
    expect(await found()).toBe(run)
  })

  it('given the same pairs in another order, is found', async () => {
    keep(pairs(MEDIA, OTHER))
    expect(await found({ ...AIM, pairs: [OTHER, MEDIA] })).toBe('RUN-1')
  })

  it('given one of fewer pairs, is none', async () => {
    keep(pairs(MEDIA))
    expect(await found({ ...AIM, pairs: [MEDIA, OTHER] })).toBeUndefined()
  })

  it('given one that a process is working on, is none', async () => {
    const lock = acquireLock(keepRun(runs, { run: 'RUN-1', ...KILLED }).lock, 'RUN-1')
    expect(await found()).toBeUndefined()
    if (lock.held) lock.release()
  })

  it('given a journal that cannot be read after it, is found all the same', async () => {
    keep(KILLED)
    writeFileSync(keepRun(runs, { run: 'RUN-2' }).journal, 'no journal\n')
    expect(await found()).toBe('RUN-1')
  })
})
