import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRun, laterVersionText, readRunRecord } from '../../../src/cli/commands/run-records.js'
import { acquireLock } from '../../../src/io/files/lock.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { START } from '../../reporters/run.js'
import { ENDINGS, keepRun } from '../../support/journals.js'

let runs: string
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), 's3-sync-runs-'))
})
afterEach(() => rmSync(runs, { recursive: true }))

describe('what a kept run has come to', () => {
  const withheld = (cause: 'too-many' | 'copies-failed'): SyncEvent => ({
    type: 'deletes-withheld',
    at: START,
    cause,
    objects: 7,
  })
  const [...whole] = ENDINGS.completed

  it.each<[what: string, events: readonly SyncEvent[], status: string, isUnfinished: boolean]>([
    ['an end and nothing left', ENDINGS.completed, 'completed', false],
    ['an end and failures', ENDINGS.partial, 'partial', true],
    ['no end', ENDINGS.killed, 'killed', true],
    ['a guard that refused', [...whole.slice(0, -1), withheld('too-many'), ...whole.slice(-1)], 'refused', false],
  ])('given %s', async (_what, events, status, isUnfinished) => {
    const place = keepRun(runs, { run: 'RUN', events })
    expect(await readRunRecord(place)).toMatchObject({ status, isUnfinished, summary: { run: 'RUN', journal: place.journal } })
  })

  it('given a journal of a later schema: it is shown, but not resumed', async () => {
    const place = keepRun(runs, { run: 'RUN', events: ENDINGS.killed, header: { schema: 99, version: '9.9.9' } })
    const record = await readRunRecord(place)
    expect(record).toMatchObject({ status: 'killed', isUnfinished: false, journal: { isLater: true } })
    expect(laterVersionText(record.journal)).toContain('A later version of s3-sync (9.9.9) made this run')
  })

  it.each([
    [false, { status: 'running', isUnfinished: false }],
    [true, { status: 'killed', isUnfinished: true }],
  ])('given a process at work on it, being the one that asks: %s', async (isMine, expected) => {
    const place = keepRun(runs, { run: 'RUN', events: ENDINGS.killed })
    const lock = acquireLock(place.lock, 'RUN')
    expect(await readRunRecord(place, isMine)).toMatchObject(expected)
    if (lock.held) lock.release()
  })
})

describe('a run that is named', () => {
  const IDS = ['20261126-080000-aaaa', '20261127-080000-aaaa', '20261127-080000-aaaabbbb', '20261127-090000-cccc']

  it.each([
    ['its whole id', IDS[3], IDS[3]],
    ['a beginning that no other has', '20261126', IDS[0]],
    ['an id that is the beginning of another one', IDS[1], IDS[1]],
  ])('by %s is found', (_how, typed = '', expected) => {
    for (const run of IDS) keepRun(runs, { run })
    expect(findRun(runs, typed).run).toBe(expected)
  })

  it.each([
    ['20261127', '20261127 matches 3 runs.', 's3-sync runs shows them.'],
    ['20261126-080000-aaab', 'There is no run 20261126-080000-aaab.', 'Did you mean 20261126-080000-aaaa?'],
    ['x', 'There is no run x.', 's3-sync runs shows them.'],
  ])('by "%s" is refused: %s %s', (typed, what, todo) => {
    for (const run of IDS) keepRun(runs, { run })
    expect(() => findRun(runs, typed)).toThrow(expect.objectContaining({ exitCode: 2, what, todo }))
  })
})
