import { closeSync, fdatasync, fdatasyncSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { StoreError } from '../../pipeline/ports/failure.js'
import type { SyncEvent } from '../../pipeline/events/events.js'
import type { Journal } from '../../pipeline/run/run-files.js'
import { type BucketPair, samePair } from '../../pipeline/ports/bucket-pair.js'
import { errorCode, errorMessage, makePrivateDirectory, PRIVATE_FILE, syncDirectory, writeAll } from '../files/atomic-files.js'
import type { Header } from './header.js'
import { upToLastLine } from '../files/lines.js'
import { compressComplete, segmentPath, segmentsOf } from './segments.js'

/** A new segment begins after this many bytes. */
const LONG = 16 * 2 ** 20

/** A journal in a file, one JSON object a line. */
export interface FileJournal extends Journal {
  /** When it returns, everything is on disk. */
  close(): void
}

/** Creates a journal. @throws {StoreError} when it can't be written */
export function beginJournal(path: string, header: Header, pairs: readonly BucketPair[], long?: number): FileJournal {
  return kept(() => {
    makePrivateDirectory(dirname(path))
    const file = openSync(path, 'ax', PRIVATE_FILE)
    writeAll(file, line(header))
    return writing({ path, number: 1, file, header, pairs, size: 0 }, long)
  })
}

/**
 * Continues the last segment of a journal and removes a line that was cut when the process died. @throws {StoreError} when it can't be
 * written
 */
export function continueJournal(path: string, header: Header, pairs: readonly BucketPair[], long?: number): FileJournal {
  return kept(() => {
    const number = segmentsOf(path).at(-1)?.number ?? 1
    const last = segmentPath(path, number)
    const size = upToLastLine(last)
    return writing({ path, number, file: openSync(last, 'a'), header, pairs, size }, long)
  })
}

interface Opened {
  readonly path: string
  /** Number of the segment. */
  readonly number: number
  readonly file: number
  readonly header: Header
  readonly pairs: readonly BucketPair[]
  /** bytes */
  readonly size: number
}

function writing({ path, number: first, file: opened, header, pairs, size }: Opened, long = LONG): FileJournal {
  let file = opened
  let number = first
  let appended = size
  let compressing: Promise<void> = Promise.resolve()
  let isSynchronising = false

  /** One at a time: two would write to the same file. */
  const compress = (): void => {
    compressing = compressing.then(() => compressComplete(path))
  }
  compress()

  /** Writes to disk without waiting: one disk write at a time covers all events until then. */
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
      return appended >= long
    },

    beginSegment: (snapshot) =>
      kept(() => {
        const name = segmentPath(path, ++number)
        const temporary = `${name}.tmp`
        rmSync(temporary, { force: true })
        const next = openSync(temporary, 'ax', PRIVATE_FILE)
        writeAll(next, line(header) + line(snapshot.state.started ?? {}) + line({ type: 'snapshot', ...snapshot }))
        fsyncSync(next)
        // Only a complete snapshot gives a segment a name that readers accept.
        renameSync(temporary, name)
        syncDirectory(dirname(name))
        fdatasyncSync(file)
        closeSync(file)
        file = next
        appended = 0
        compress()
      }),

    close: () =>
      kept(() => {
        fdatasyncSync(file)
        closeSync(file)
      }),
  }
}

/** An event with each pair replaced by its index in the run: pairs would be most of its bytes. */
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

/** When the journal can't be written, the run fails. */
function kept<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    const code = errorCode(cause)
    if (code === '') throw cause
    throw new StoreError({ kind: 'fatal', operation: 'Journal', code, message: errorMessage(cause) }, { cause })
  }
}
