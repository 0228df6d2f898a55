import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { SyncEvent } from '../../pipeline/events/events.js'
import type { Snapshot } from '../../pipeline/state/snapshot.js'
import type { Journal } from '../../pipeline/run/run-files.js'
import { type BucketPair, samePair } from '../../pipeline/ports/bucket-pair.js'
import { errorCode, errorMessage, makePrivateDirectory, PRIVATE_FILE, writeAll } from '../files/atomic-files.js'
import type { Header } from './header.js'
import { linesOf, upToLastLine } from '../files/lines.js'

/** A journal is folded when so many bytes were appended since, and as many as it held then: each byte is written twice at most. */
const LONG = 16 * 2 ** 20

/** A journal in a file, a JSON object a line. */
export interface FileJournal extends Journal {
  /** All of it is on disk when this returns. */
  close(): void
}

/** Begins a journal. @throws {StoreError} when it can't be written */
export function beginJournal(path: string, header: Header, pairs: readonly BucketPair[], long?: number): FileJournal {
  return kept(() => {
    makePrivateDirectory(dirname(path))
    const file = openSync(path, 'ax', PRIVATE_FILE)
    writeAll(file, line(header))
    return writing({ path, file, header, pairs, size: 0 }, long)
  })
}

/** Goes on with a journal: an event that was cut short by the end of its process was none. @throws {StoreError} when it can't be written */
export function continueJournal(path: string, header: Header, pairs: readonly BucketPair[], long?: number): FileJournal {
  return kept(() => {
    const size = upToLastLine(path)
    return writing({ path, file: openSync(path, 'a'), header, pairs, size }, long)
  })
}

interface Opened {
  readonly path: string
  readonly file: number
  readonly header: Header
  readonly pairs: readonly BucketPair[]
  /** bytes */
  readonly size: number
}

function writing({ path, file: opened, header, pairs, size }: Opened, long = LONG): FileJournal {
  let file = opened
  let folded = size
  let appended = 0
  let isSynchronising = false

  /** On disk soon, and nobody waits for it: one write of the disk at a time serves all events until then. */
  const synchronise = (): void => {
    if (isSynchronising) return
    isSynchronising = true
    fdatasync(file, () => (isSynchronising = false))
  }

  return {
    append: (event) =>
      kept(() => {
        appended += writeAll(file, line(plain(event, pairs)))
        if (event.type === 'page-decided') synchronise()
      }),

    get isLong() {
      return appended >= Math.max(long, folded)
    },

    fold: (snapshot) =>
      kept(() => {
        const temporary = `${path}.new`
        rmSync(temporary, { force: true })
        const next = openSync(temporary, 'ax', PRIVATE_FILE)
        folded = writeAll(next, line(header) + line(snapshot.state.started ?? {}))
        for (const text of lasting(path, snapshot)) folded += writeAll(next, text)
        // Whoever reads begins anew at this line, and finds what stays by name before it.
        folded += writeAll(next, line({ type: 'snapshot', ...rebased(snapshot) }))
        fsyncSync(next)
        renameSync(temporary, path)
        closeSync(file)
        file = next
        appended = 0
      }),

    close: () =>
      kept(() => {
        fdatasyncSync(file)
        closeSync(file)
      }),
  }
}

/** The lines that stay for good: failures that count, what objects lost, and which version became which. */
function* lasting(path: string, { left }: Snapshot): Generator<string> {
  const gone = left.pairs.map(({ failures: { gone: many } }) => many)
  for (const text of linesOf(path)) {
    if (text.startsWith('{"type":"properties-lost"') || text.startsWith('{"type":"version-copied"')) yield `${text}\n`
    if (!text.startsWith('{"type":"object-failed"')) continue
    const index = Number(/"pair":(\d+)/.exec(text)?.[1])
    const skip = gone[index] ?? 0
    if (skip > 0) gone[index] = skip - 1
    else yield `${text}\n`
  }
}

/** The same, where only the failures that count are told. */
function rebased({ state, left }: Snapshot): Snapshot {
  const pairs = left.pairs.map(({ failures: { told, gone }, ...pair }) => ({ ...pair, failures: { told: told - gone, gone: 0 } }))
  return { state, left: { ...left, pairs } }
}

/** An event with its pairs as their places among the run's: most of its bytes, else. */
function plain(event: SyncEvent, pairs: readonly BucketPair[]): object {
  const place = (pair: BucketPair): number => pairs.findIndex((one) => samePair(one, pair))
  if (event.type === 'shard-split')
    return {
      ...event,
      shard: { ...event.shard, pair: place(event.shard.pair) },
      other: { ...event.other, pair: place(event.other.pair) },
    }
  if ('shard' in event) return { ...event, shard: { ...event.shard, pair: place(event.shard.pair) } }
  return 'pair' in event ? { ...event, pair: place(event.pair) } : event
}

function line(value: object): string {
  return `${JSON.stringify(value)}\n`
}

/** What keeps a journal from being written ends the run: as a failure of it. */
function kept<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const code = errorCode(cause)
    if (code === '') throw cause
    throw new StoreError({ kind: 'fatal', operation: 'Journal', code, message: errorMessage(cause) }, { cause })
  }
}
