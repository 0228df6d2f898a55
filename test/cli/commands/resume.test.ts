import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resumeCommand } from '../../../src/cli/commands/resume.js'
import type { Header } from '../../../src/io/journal/header.js'
import { acquireLock } from '../../../src/io/files/lock.js'
import type { SyncEvent } from '../../../src/pipeline/events/events.js'
import { ENDINGS, keepRun } from '../../support/journals.js'
import { fakeProcess } from '../../support/fake-process.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-resume-'))
})
afterEach(() => rmSync(root, { recursive: true }))

const HERE = { S3_SYNC_CONNECTION_A: 'http://a', S3_SYNC_CONNECTION_B: 'http://b' }
const OUTPUT = {}

interface Given {
  readonly events?: readonly SyncEvent[]
  readonly header?: Partial<Header>
  readonly typed?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Why the run is not resumed. No request is sent: everything is refused before. */
async function refusal({ events = ENDINGS.killed, header = {}, typed = [], env = {} }: Given): Promise<unknown> {
  const { proc } = fakeProcess({ root, env: { ...HERE, ...env } })
  keepRun(join(root, 'state/runs'), { run: '20261127-120000-0001', events, header })
  return resumeCommand({ run: '20261127', typed, output: OUTPUT }, proc).catch((error: unknown) => error)
}

describe('a run is not resumed', () => {
  it.each<[why: string, given: Given, what: RegExp, todo: RegExp]>([
    [
      'that was completed',
      { events: ENDINGS.completed },
      /has nothing left to do: it is completed/,
      /copy what has changed since/,
    ],
    [
      'that a later version made',
      { header: { schema: 99, version: '9.9.9' } },
      /was made by a later version \(9\.9\.9\) and can't be resumed by this one/,
      /Resume it with that version/,
    ],
    ['with an option that it did not have', { typed: ['--delete'] }, /--delete cannot be added to a resumed run/, /Leave it out/],
    [
      'with another value of an option that says what it does',
      { header: { arguments: ['a:media', 'b:media', '--compare=size'] }, typed: ['--compare=etag'] },
      /--compare cannot change in a resumed run: it was --compare=size, not --compare=etag/,
      /Leave it out/,
    ],
    [
      'whose command line has an option that is gone',
      { header: { arguments: ['a:media', 'b:media', '--gone=1'] } },
      /can no longer be read: --gone is no option/,
      /Start a new run/,
    ],
    [
      'whose target is somewhere else now',
      { env: { S3_SYNC_CONNECTION_B: 'http://elsewhere' } },
      /The target of run .* was at http:\/\/b; its connection now points to http:\/\/elsewhere/,
      /Change the connection back/,
    ],
    [
      'with a key of its own, having begun with none',
      { env: { S3_SYNC_TARGET_SSE_KEY: 'k'.repeat(32) } },
      /was started without a key of its own for the target/,
      /S3_SYNC_TARGET_SSE_KEY/,
    ],
    [
      'without its key',
      { header: { customerKeys: { source: 'abc' } } },
      /was started with a key of its own \(SSE-C\) for the source/,
      /S3_SYNC_SOURCE_SSE_KEY/,
    ],
  ])('%s; a program reads of which source and target', async (_why, given, what, todo) => {
    expect(await refusal(given)).toMatchObject({
      cause: { exitCode: 2, what: expect.stringMatching(what), todo: expect.stringMatching(todo) },
      places: { source: 'a:media', target: 'b:media' },
    })
  })

  it('that another process is working on, and its journal is not read', async () => {
    const place = keepRun(join(root, 'state/runs'), { run: 'RUN', events: ENDINGS.killed })
    const lock = acquireLock(place.lock, 'RUN')
    const { proc } = fakeProcess({ root, env: HERE })
    await expect(resumeCommand({ run: 'RUN', typed: [], output: OUTPUT }, proc)).rejects.toMatchObject({ code: 'RunInProgress' })
    if (lock.held) lock.release()
  })

  it('and once refused, it is free for another try', async () => {
    await refusal({ events: ENDINGS.completed })
    const { proc } = fakeProcess({ root, env: HERE })
    const again = resumeCommand({ run: '20261127', typed: [], output: OUTPUT }, proc)
    await expect(again).rejects.toMatchObject({ cause: { what: expect.stringMatching(/nothing left/) } })
  })
})
