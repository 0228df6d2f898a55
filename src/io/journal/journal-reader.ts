import * as v from 'valibot'
import { type EventOf, EventSchema, type SyncEvent } from '../../pipeline/events/events.js'
import { EVENT_SCHEMA } from '../../pipeline/events/reasons.js'
import { type BucketPair, samePair } from '../../pipeline/ports/bucket-pair.js'
import { SnapshotLine } from '../../pipeline/state/snapshot-schema.js'
import { Fold, type Snapshot } from '../../pipeline/state/snapshot.js'
import { errorCode } from '../files/atomic-files.js'
import { Header } from './header.js'
import { type Segment, segmentsOf, textOf } from './segments.js'
import { upcast } from './upcasting.js'

/** The journal was not written by this tool, or was damaged since. */
export class DamagedJournal extends Error {
  override readonly name = 'DamagedJournal'
}

/** The result of folding a journal. */
export interface Told extends Snapshot {
  /** Absent in journals of schema 1, which can be shown but not resumed. */
  readonly header?: Header
  readonly started: EventOf<'run-started'>
  /** A later version wrote it, with another schema: it is read as far as this version knows it, and cannot be resumed. */
  readonly isLater: boolean
  /** How many events of each type were skipped because only a later version knows them. */
  readonly unknownEvents: ReadonlyMap<string, number>
}

const JsonText = v.pipe(v.string(), v.parseJson(), v.looseObject({ type: v.string() }))
type Line = Header | (Snapshot & { readonly type: 'snapshot' }) | SyncEvent

/**
 * Folds a journal; one of a later schema as far as its events are known. A last line without its line end counts as not written: the process died while writing
 * it.
 * @throws {DamagedJournal}
 */
export async function readJournal(path: string): Promise<Told> {
  let header: Header | undefined
  let fold = new Fold(undefined)
  const unknownEvents = new Map<string, number>()
  const onUnknown = (type: string) => unknownEvents.set(type, (unknownEvents.get(type) ?? 0) + 1)
  for await (const line of linesOf(path, segmentsOf(path).slice(-1), onUnknown)) {
    if (line.type === 'journal') header = line
    else if (line.type === 'snapshot') fold = new Fold(line)
    else if (!take(path, fold, line, isLater(header))) onUnknown(line.type)
  }
  const { started } = fold.state
  if (started === undefined) throw notStarted(path)
  return { ...(header && { header }), isLater: isLater(header), started, unknownEvents, ...fold.snapshot }
}

/** Reads only the beginning of a journal. @throws {DamagedJournal} */
export async function beginningOf(path: string): Promise<Pick<Told, 'header' | 'started'>> {
  let header: Header | undefined
  for await (const line of linesOf(path, segmentsOf(path).slice(0, 1))) {
    if (line.type === 'journal') header = line
    else if (line.type === 'run-started') return { ...(header && { header }), started: line }
  }
  throw notStarted(path)
}

function notStarted(path: string): DamagedJournal {
  return new DamagedJournal(`${path}: it does not say how the run started`)
}

function isLater(header: Header | undefined): boolean {
  return header !== undefined && header.schema > EVENT_SCHEMA
}

/** Whether an event was folded; false for one that does not fit, in a journal of a later schema. */
function take(path: string, fold: Fold, event: SyncEvent, isOfLater: boolean): boolean {
  try {
    fold.take(event)
    return true
  } catch (cause) {
    if (isOfLater) return false
    throw new DamagedJournal(`${path}: ${event.type} does not fit what was before`, { cause })
  }
}

/** The failed objects that count, in the order of their events. */
export async function* failuresIn(path: string, { left }: Snapshot): AsyncGenerator<EventOf<'object-failed'>> {
  const gone = left.pairs.map(({ failures }) => failures.gone)
  for await (const line of linesOf(path, segmentsOf(path))) {
    if (line.type !== 'object-failed') continue
    const index = left.pairs.findIndex(({ pair }) => samePair(pair, line.pair))
    const skip = gone[index] ?? 0
    if (skip > 0) gone[index] = skip - 1
    else yield line
  }
}

/** The objects that lost properties, in the order of their events. */
export async function* lossesIn(path: string): AsyncGenerator<EventOf<'properties-lost'>> {
  for await (const line of linesOf(path, segmentsOf(path))) if (line.type === 'properties-lost') yield line
}

/** The lines of segments, validated. `onUnknown` receives the type of each event that is skipped because a later version wrote it. */
async function* linesOf(
  path: string,
  segments: readonly Segment[],
  onUnknown: (type: string) => unknown = () => undefined,
): AsyncGenerator<Line> {
  if (segments.length === 0) throw new DamagedJournal(`${path}: there is no such file`)
  for (const segment of segments) {
    const parse = parser(segment.path, onUnknown)
    let rest = ''
    for await (const chunk of unpacked(segment)) {
      const texts = (rest + chunk).split('\n')
      rest = texts.pop() ?? ''
      for (const text of texts) {
        const line = parse(text)
        if (line !== undefined) yield line
      }
    }
  }
}

/** The text of a segment. @throws {DamagedJournal} when it is compressed and cannot be unpacked */
async function* unpacked(segment: Segment): AsyncGenerator<string> {
  try {
    yield* textOf(segment)
  } catch (cause) {
    if (!errorCode(cause).startsWith('Z_')) throw cause
    throw new DamagedJournal(`${segment.path}: it cannot be unpacked`, { cause })
  }
}

/**
 * Parses a line in the context of the lines before it; undefined for an event that only a later version knows. Unknown fields are dropped.
 */
function parser(path: string, onUnknown: (type: string) => unknown): (text: string) => Line | undefined {
  let pairs: readonly BucketPair[] = []
  let number = 0
  let later = false
  return (text) => {
    number++
    const found = v.safeParse(JsonText, text)
    if (!found.success) throw new DamagedJournal(`${path}: line ${number} is no event`)
    const line = found.output
    if (line.type === 'journal') {
      const header = v.safeParse(Header, line)
      if (!header.success) throw new DamagedJournal(`${path}: line ${number} is no header`)
      later = isLater(header.output)
      return header.output
    }
    const known = line.type === 'snapshot' ? v.safeParse(SnapshotLine, line) : v.safeParse(EventSchema, upcast(line, pairs))
    if (!known.success) {
      // The type selects the variant: any issue elsewhere is an error in a known event, unless a later schema changed it.
      if (later || known.issues.some((issue) => v.getDotPath(issue) === 'type')) {
        onUnknown(line.type)
        return undefined
      }
      const issue = v.getDotPath(known.issues[0]) ?? known.issues[0].message
      throw new DamagedJournal(`${path}: line ${number} is no event (${issue})`)
    }
    const { output } = known
    if (output.type === 'run-started') pairs = output.pairs
    return output
  }
}
