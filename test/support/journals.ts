import type { Header } from '../../src/io/journal/header.js'
import { beginJournal } from '../../src/io/journal/journal-writer.js'
import { type RunPlace, runPlace } from '../../src/io/journal/run-directory.js'
import { EVENT_SCHEMA } from '../../src/pipeline/events/reasons.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { type BucketPair, wholePair } from '../../src/pipeline/ports/bucket-pair.js'
import { completed, failed, finished, MEDIA, page, START, started } from '../reporters/run.js'

const LISTED: SyncEvent = { type: 'shard-listed', at: START, shard: wholePair(MEDIA) }

/** How a run ended, by its events after `run-started`. */
export const ENDINGS = {
  completed: [page(1, 1), LISTED, completed(), finished(1)],
  partial: [page(1), failed('a'), LISTED, completed(), finished(1)],
  killed: [page(1)],
} as const satisfies Readonly<Record<string, readonly SyncEvent[]>>

interface Kept {
  readonly run: string
  readonly pairs?: readonly BucketPair[]
  readonly events?: readonly SyncEvent[]
  readonly header?: Partial<Header>
}

/** Writes the journal of a run that began at the time of `started()`. */
export function keepRun(runs: string, { run, pairs = [MEDIA], events = ENDINGS.completed, header = {} }: Kept): RunPlace {
  const place = runPlace(runs, run)
  const whole: Header = {
    ...{ type: 'journal', schema: EVENT_SCHEMA, tool: 's3-sync', version: '1.2.3', run, arguments: ['a:media', 'b:media'] },
    ...{ directory: '/', endpoints: { source: 'http://a', target: 'http://b' }, ...header },
  }
  const journal = beginJournal(place.journal, whole, pairs)
  for (const event of [{ ...started(pairs), schema: EVENT_SCHEMA, run }, ...events]) journal.append(event)
  journal.close()
  return place
}
