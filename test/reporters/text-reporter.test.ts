import { describe, expect, it } from '@jest/globals'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { wholePair } from '../../src/pipeline/ports/bucket-pair.js'
import { summarize, type Summary } from '../../src/pipeline/state/summary.js'
import { logFileReporter } from '../../src/reporters/log-file-reporter.js'
import { textReporter, type TextReporterOptions } from '../../src/reporters/text-reporter.js'
import {
  completed,
  copied,
  DENIED,
  failed,
  FakeTicker,
  fakeScreen,
  finished,
  MEDIA,
  page,
  pairOf,
  play,
  REFUSED,
  Sink,
  START,
  started,
} from './run.js'

const RULE = '─'.repeat(64)
const ESC = String.fromCharCode(27)

/** Plays a whole run and gives what was written. */
function show(
  events: readonly SyncEvent[],
  options: Partial<TextReporterOptions> = {},
  more: Partial<Summary> = {},
): { out: string[]; err: string[] } {
  const screen = fakeScreen()
  const reporter = textReporter({
    tool: 's3-sync',
    version: '1.2.3',
    screen,
    color: false,
    detail: 'normal',
    ticker: new FakeTicker(),
    ...options,
  })
  reporter.finish({ ...summarize(play(reporter, events), START), ...more })
  return { out: screen.outLines, err: screen.errLines }
}

function many(objects: number, event: (key: string) => SyncEvent): SyncEvent[] {
  return Array.from({ length: objects }, (_, index) => event(`k${index}`))
}

describe('the text of a run', () => {
  it('shows header, bucket, progress every 100 objects, results and what to do next', () => {
    const events = [started(), page(250), ...many(249, copied), copied('again', 2), completed(), finished(2)]
    expect(show(events)).toEqual({
      out: [
        RULE,
        's3-sync 1.2.3 · run RUN',
        'a:media → b:media',
        '1 bucket · 10 workers',
        RULE,
        'media → media (1 of 1)',
        '  100 objects: 100 copied (100 KiB)',
        '  200 objects: 200 copied (200 KiB)',
        RULE,
        '✓ media → media: 250 copied (250 KiB), 1 recovered after retries',
        'Total: 250 objects listed, 250 copied (250 KiB), 1 recovered after retries',
        '       in 2s, 125/s, 125 KiB/s',
        RULE,
        '✓ Done: 250 objects copied (250 KiB). Run it again at any time: only new and changed objects are copied.',
      ],
      err: [],
    })
  })

  it('reports that nothing had to be copied', () => {
    const { out } = show([started(), page(1234, 1234), completed(), finished(1)])
    expect(out).toContain('  1,234 objects: 1,234 unchanged')
    expect(out).toContain('✓ media → media: 1,234 unchanged')
    expect(out.at(-1)).toBe('✓ Done: nothing to copy, the target is up to date.')
  })

  it('reports an empty source', () => {
    const { out } = show([started(), page(0), completed(), finished(1)])
    expect(out).toContain('✓ media → media: no objects')
    expect(out.at(-1)).toBe('✓ Done: the source has no objects, there was nothing to copy.')
  })

  it('reports that no key matches, and names the globs that matched nothing', () => {
    const globs = [{ include: true, glob: 'css/**' }, { include: false, glob: '*.tmp' }] // prettier-ignore
    const unmatched: SyncEvent = { type: 'globs-unmatched', at: START, globs }
    const { out } = show([started(), page(0), completed(), unmatched, finished(1)])
    expect(out).toEqual(expect.arrayContaining(["! No key matches --include 'css/**'.", "! No key matches --exclude '*.tmp'."]))
    expect(out.at(-1)).toBe('✓ Done: no key matches the globs; nothing to copy.')
  })

  it('reports that everything was filtered out', () => {
    const { out } = show([
      started(),
      { ...page(0), listed: { objects: 3, bytes: 3 }, filtered: { objects: 3, bytes: 3 } },
      completed(),
      finished(1),
    ])
    expect(out.at(-1)).toBe('✓ Done: the filters leave out all 3 objects; nothing to copy.')
  })

  it('names an object that has no name at the target', () => {
    const skipped: SyncEvent = { type: 'skip-told', at: START, pair: MEDIA, key: 'x', size: 1, reason: 'no-name' }
    const { out } = show([started(), page(1), skipped, { ...skipped, key: 'folder/' }, completed(), finished(1)])
    expect(out).toContain(
      '! media/x is skipped: TARGET takes only the keys below it. To copy this object as well, write TARGET without the slash at its end.',
    )
    expect(out.join()).not.toContain('folder/')
  })

  it('begins each bucket with its name and ends with a result for each', () => {
    const logs = pairOf('logs', 'old-logs')
    const made: SyncEvent = { type: 'bucket-created', at: START, pair: logs }
    const { out } = show([
      started([MEDIA, logs]),
      page(1),
      copied('a'),
      completed(),
      made,
      page(1, 0, logs),
      copied('b', 1, logs),
      completed(logs),
      finished(1),
    ])
    expect(out.slice(5)).toEqual([
      'media → media (1 of 2)',
      '✓ created the bucket old-logs',
      'logs → old-logs (2 of 2)',
      RULE,
      '✓ media → media: 1 copied (1 KiB)',
      '✓ logs → old-logs: 1 copied (1 KiB)',
      'Total: 2 objects listed, 2 copied (2 KiB)',
      '       in 1s, 2/s, 2 KiB/s',
      RULE,
      '✓ Done: 2 objects copied (2 KiB). Run it again at any time: only new and changed objects are copied.',
    ])
  })

  it('names the command that shows every failed object if there is a journal', () => {
    const events = [started(), page(12), ...many(12, (key) => failed(key)), completed(), finished(1)]
    const { out } = show(events, {}, { journal: 'events.ndjson' })
    expect(out).toContain('    and 2 more: s3-sync runs show RUN --failed')
  })

  it('reports each failed object at once, names the first ten at the end, counts the rest and gives advice', () => {
    const events = [started(), page(13), copied('fine'), ...many(12, (key) => failed(key)), completed(), finished(1)]
    const { out, err } = show(events, {})
    expect(err).toHaveLength(14)
    expect(err[0]).toBe('  ✗ media/k0: GetObject: AccessDenied: Access Denied')
    expect(err.slice(-2)).toEqual([
      '✗ 12 objects failed, 1 object copied.',
      '  Fix the causes. Run the same command again: only missing objects are copied.',
    ])
    expect(out).toContain('✗ media → media: 1 copied (1 KiB), 12 failed')
    expect(out.slice(out.indexOf('12 objects failed:'))).toEqual([
      '12 objects failed:',
      ...Array.from({ length: 10 }, (_, index) => `  ✗ media/k${index}: AccessDenied`),
      '    and 2 more: each is named above, and in --events',
      '  → AccessDenied: The source\'s endpoint denied GetObject on the bucket "media". Allow s3:GetObject for this access key, or use another one.',
      RULE,
    ])
  })

  it('reports that a run stopped by --max-errors ended early', () => {
    const stop: SyncEvent = { type: 'run-stopped', at: START, cause: 'errors' }
    const { err } = show([started(), page(5), failed('a'), stop, finished(1)])
    expect(err[1]).toBe('! Too many objects failed (--max-errors): finishing objects in flight …')
    expect(err.at(-2)).toBe('✗ 1 object failed, 0 objects copied; the run ended early.')
  })

  it('reports a failed listing: what happened, what to do', () => {
    const endpoints = { source: { endpoint: 'http://127.0.0.1:9', connection: 'a' }, target: {} }
    const { out, err } = show(
      [started(), { type: 'shard-failed', at: START, shard: wholePair(MEDIA), failure: REFUSED }, finished(1)],
      { endpoints },
    )
    expect(out).toContain('✗ media → media: nothing copied; its listing failed')
    expect(err).toEqual([
      '✗ media → media: ListObjectsV2 failed at the source: ConnectionRefused',
      '✗ Nothing answers at http://127.0.0.1:9: the connection was refused.',
      '  Check that the server is running, and host and port in the connection "a".',
    ])
  })

  it('reports what an interrupted run has copied and how to resume it', () => {
    const stop: SyncEvent = { type: 'run-stopped', at: START, cause: 'SIGINT' }
    const { out, err } = show([started([MEDIA, pairOf('logs')]), page(5), copied('a'), stop, finished(1)])
    expect(out).toContain('! media → media: 1 copied (1 KiB); not finished')
    expect(out).toContain('! logs → logs: not started')
    expect(err).toEqual([
      '! Interrupted: finishing objects in flight …',
      '! Interrupted; 1 object copied so far.',
      '  Run the same command again: only missing objects are copied.',
    ])
  })

  it('shows what a dry run would copy and why', () => {
    const planned: SyncEvent = {
      type: 'copy-planned',
      at: START,
      pair: MEDIA,
      key: 'a',
      size: 2048,
      reason: 'size',
      requests: { GetObject: 1, PutObject: 1 },
    }
    const { out } = show([started([MEDIA], true), page(3, 2), planned, completed(), finished(1)])
    expect(out[2]).toBe('a:media → b:media · dry run, nothing is written')
    expect(out.slice(6)).toEqual([
      '  would copy media/a (size, 2 KiB)',
      RULE,
      '✓ media → media: 1 to copy (2 KiB), 2 unchanged',
      'Total: 3 objects listed, 1 to copy (2 KiB), 2 unchanged',
      '       reasons: 1 size',
      '       2 requests: 1 GetObject, 1 PutObject',
      '       no time estimate yet (first run between these two)',
      '       in 1s',
      RULE,
      '✓ Dry run: nothing was written. Leave out --dry-run to copy 1 object (2 KiB).',
    ])
  })

  it('reports once that a side does not list in order, and shows notices', () => {
    const { out } = show([
      started(),
      page(1),
      copied('a'),
      { type: 'shard-restarted', at: START, shard: wholePair(MEDIA), side: 'target' },
      { type: 'notice-given', at: START, code: 'ListV1', message: 'lists the old way' },
      page(1, 1),
      completed(),
      finished(1),
    ])
    expect(out).toContain(
      '! media → media: the target does not list its keys in order; s3-sync sorts them and starts the comparison again',
    )
    expect(out).toContain('! lists the old way')
    expect(out).toContain('✓ media → media: 1 copied (1 KiB)')
  })
})

describe('the level of detail', () => {
  const retry: SyncEvent = {
    type: 'attempt-failed',
    at: START,
    pair: MEDIA,
    key: 'b',
    size: 1,
    attempt: 1,
    waitMs: 2000,
    failure: DENIED,
  }
  const relist: SyncEvent = {
    type: 'attempt-failed',
    at: START,
    pair: MEDIA,
    attempt: 1,
    waitMs: 500,
    failure: REFUSED,
  }
  const skip: SyncEvent = { type: 'object-skipped', at: START, pair: MEDIA, key: 'c', size: 1, reason: 'unchanged' }
  const events = [started(), relist, page(4), copied('a'), retry, copied('b', 2), skip, failed('d'), completed(), finished(1)]

  it('--verbose: each object and each retry as well', () => {
    const { out } = show(events, { detail: 'verbose' })
    expect(out.slice(6, 11)).toEqual([
      '  ↻ media → media: ListObjectsV2: attempt 1 failed with ConnectionRefused, retrying in 500ms',
      '  ✓ media/a (new, 1 KiB)',
      '  ↻ media/b: attempt 1 failed with AccessDenied, retrying in 2s',
      '  ✓ media/b (new, 1 KiB, attempt 2)',
      '  = media/c (unchanged)',
    ])
  })

  it('--quiet: only problems and how it ended', () => {
    const { out, err } = show(events, { detail: 'quiet' })
    expect(out).toEqual([])
    expect(err).toEqual([
      '  ✗ media/d: GetObject: AccessDenied: Access Denied',
      '✗ 1 object failed, 2 objects copied.',
      '  Fix the causes. Run the same command again: only missing objects are copied.',
    ])
  })

  it('--quiet: nothing if everything succeeded', () => {
    expect(show([started(), page(1), copied('a'), completed(), finished(1)], { detail: 'quiet' })).toEqual({ out: [], err: [] })
  })
})

describe('keys and messages from outside', () => {
  const evil = `a${ESC}[2Jb\nc\r\u009b31m`

  it('are escaped: no control characters reach the terminal', () => {
    const failure = { ...DENIED, message: evil, code: evil, operation: evil }
    const pair = pairOf(evil)
    const { out, err } = show(
      [
        { ...started([pair]), source: evil, target: evil },
        page(2, 0, pair),
        copied(evil, 1, pair),
        failed(evil, failure, 2, pair),
        finished(1),
      ],
      {
        detail: 'verbose',
      },
    )
    for (const line of [...out, ...err]) expect(line).not.toMatch(/[\p{Cc}]/u)
  })
})

describe('colours', () => {
  const events = [started(), page(3), copied('a', 2), failed('b'), completed(), finished(1)]

  it('without colour there is no escape sequence', () => {
    const { out, err } = show(events, { detail: 'verbose' })
    expect([...out, ...err].join('\n')).not.toContain(ESC)
  })

  it('with colour names are bold, a success green, a failure red, whatever stdout is', () => {
    const { out, err } = show(events, { detail: 'verbose', color: true })
    expect(out).toContain(`${ESC}[1mmedia → media${ESC}[22m ${ESC}[2m(1 of 1)${ESC}[22m`)
    expect(out).toContain(`  ${ESC}[32m✓${ESC}[39m media/a ${ESC}[2m(new, 1 KiB, attempt 2)${ESC}[22m`)
    expect(err[0]).toBe(`  ${ESC}[31m✗${ESC}[39m media/b: GetObject: AccessDenied: Access Denied`)
  })
})

describe('the log file', () => {
  it('holds the same lines, problems in their place', () => {
    const events = [started(), page(2), failed('b'), copied('a'), completed(), finished(1)]
    const file = new Sink()
    const reporter = logFileReporter(file, { tool: 's3-sync', version: '1.2.3', detail: 'normal', ticker: new FakeTicker() })
    reporter.finish(summarize(play(reporter, events), START))
    const lines = file.text.split('\n')
    expect(lines.slice(5, 7)).toEqual(['media → media (1 of 1)', '  ✗ media/b: GetObject: AccessDenied: Access Denied'])
    expect(lines.slice(-3)).toEqual(['✗ 1 object failed, 1 object copied.', expect.stringMatching(/^ {2}Fix the causes\./), ''])
  })
})
