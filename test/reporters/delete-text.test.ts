import { describe, expect, it } from '@jest/globals'
import type { EventOf, SyncEvent } from '../../src/pipeline/events/events.js'
import { palette } from '../../src/reporters/colors.js'
import { deletePlanLines, deletesWithheldAdvice } from '../../src/reporters/delete-text.js'
import { eventLine } from '../../src/reporters/event-lines.js'
import { MEDIA, REFUSED, START } from './run.js'

const line = (event: SyncEvent, detail: 'normal' | 'verbose' = 'normal') => eventLine(event, palette(false), detail)
const withheld = (
  cause: EventOf<'deletes-withheld'>['cause'],
  more: Partial<EventOf<'deletes-withheld'>> = {},
): EventOf<'deletes-withheld'> => ({
  ...{ type: 'deletes-withheld', at: START, cause, objects: 7 },
  ...more,
})

describe('the text about deletes', () => {
  it.each([
    ['listing-failed', /a listing failed \(media → media\)/],
    ['copies-failed', /some objects could not be copied/],
    [
      'source-empty',
      /the source lists no objects .*7 objects would be deleted at the target.*--allow-empty-source --max-delete 100%/,
    ],
    ['unordered', /does not list its keys in order/],
    ['too-many', /7 objects would be deleted .*--max-delete/],
  ] as const)('%s: why nothing is deleted and what to do, also with --quiet', (cause, says) => {
    const event = withheld(cause, cause === 'copies-failed' ? {} : { pair: MEDIA })
    expect(line(event)).toMatchObject({ isProblem: true, text: expect.stringMatching(says) })
    expect(deletesWithheldAdvice(event).todo).not.toBe('')
  })

  it('names what would be deleted and what could not; what was deleted, with --verbose only', () => {
    const about = { at: START, pair: MEDIA, key: 'a\u001b[2J' }
    const text = line({ type: 'delete-planned', ...about })?.text ?? ''
    expect(text).toContain('would delete media/a')
    expect(text).not.toContain('\u001b')
    expect(line({ type: 'object-deleted', ...about })).toBeUndefined()
    expect(line({ type: 'object-deleted', ...about }, 'verbose')?.text).toContain('media/a')
    expect(line({ type: 'delete-failed', ...about, failure: REFUSED })).toMatchObject({ isProblem: true })
  })

  it('a failed listing is named with its key range', () => {
    const shard = { pair: MEDIA, after: 'k0999', upTo: 'k5000' }
    expect(line({ type: 'shard-failed', at: START, shard, failure: REFUSED })?.text).toContain(
      'after the key "k0999" up to "k5000"',
    )
  })

  it('before the confirmation: how much may be deleted, and what is backed up', () => {
    expect(deletePlanLines({})).toEqual([])
    expect(deletePlanLines({ deletes: { atMost: { percent: 25 } } })).toEqual([expect.stringContaining('25% of a target')])
    const bold = { atMost: { percent: 100 }, ignoreErrors: true, allowEmptySource: true } as const
    expect(deletePlanLines({ deletes: bold }).slice(1)).toEqual([
      expect.stringContaining('--ignore-errors'),
      expect.stringContaining('--allow-empty-source'),
    ])
    expect(deletePlanLines({ deletes: { atMost: { objects: 1 } }, backupPrefix: 'old' })).toEqual([
      expect.stringContaining('if that would be more than 1 object'),
      expect.stringContaining('below old/'),
    ])
  })
})
