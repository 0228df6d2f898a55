import { NEVER, type Observable, map, toArray, VirtualTimeScheduler } from 'rxjs'
import { lastValueFrom } from 'rxjs'
import { newChecksum, newMd5 } from '../../src/io/hashers.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import { DELETES_AT_ONCE } from '../../src/pipeline/ports/object-store.js'
import type { ListPage, ObjectEntry } from '../../src/pipeline/ports/objects.js'
import { type Sorter } from '../../src/pipeline/run/run-files.js'
import { type Journal } from '../../src/pipeline/run/run-files.js'
import { type Candidates } from '../../src/pipeline/run/run-files.js'
import { isNote } from '../../src/pipeline/listing/known-backups.js'
import { Fold } from '../../src/pipeline/state/snapshot.js'
import { compareKeys } from '../../src/pipeline/ports/key-order.js'
import type { Resumed, RunEnvironment } from '../../src/pipeline/run/run-context.js'
import type { SyncPlan } from '../../src/pipeline/plan/sync-plan.js'
import type { BucketPair, BucketPrefix } from '../../src/pipeline/ports/bucket-pair.js'
import { sync } from '../../src/pipeline/sync.js'
import type { Stores } from '../../src/pipeline/ports/stores.js'
import { KEEP } from '../../src/pipeline/plan/metadata-policy.js'
import { MemoryStore } from '../support/memory-store.js'

export const place = (bucket: string, prefix = '', self = false): BucketPrefix => ({ bucket, prefix, self })
export const pair = (source: string, target = source): BucketPair => ({ source: place(source), target: place(target) })

export const PLAN: SyncPlan = {
  run: 'RUN',
  source: 'a:',
  target: 'b:',
  pairs: [pair('media')],
  workers: 3,
  adaptive: false,
  retries: 5,
  retryDelayMs: 2_000,
  dryRun: false,
  verifiesOnly: false,
  partThreshold: 64 * 2 ** 20,
  largestWhole: 0,
  maxMemory: 64 * 2 ** 20,
  limits: {},
  serverSideCopy: false,
  proof: true,
  largestCopy: 5 * 2 ** 30,
  compare: 'auto',
  ignoreExisting: false,
  keepNewer: false,
  keepTimes: false,
  versions: false,
  tellSkips: false,
  selection: { globs: [] },
  metadataPolicy: KEEP,
}

/** The content of a bucket, without the notes about backups. */
export function objectsIn(store: MemoryStore, bucket = 'media'): Record<string, string> {
  return Object.fromEntries(Object.entries(store.contents(bucket) ?? {}).filter(([key]) => !isNote(key)))
}

/** Sorts in memory; the sorter on disk has its own tests. */
export const memorySorter: Sorter = {
  async *sorted(pages, onRepeat) {
    const all = new Map<string, ListPage['entries'][number]>()
    for await (const { entries } of pages)
      for (const entry of entries) {
        if (all.has(entry.key)) onRepeat?.(entry.key)
        all.set(entry.key, entry)
      }
    yield { entries: [...all.values()].sort((a, b) => compareKeys(a.key, b.key)) }
  },
}

/** Stores candidates in memory; the implementation on disk has its own tests. */
export function memoryCandidates(): Candidates {
  const kept = new Map<number, ObjectEntry[]>()
  return {
    add(pair, entries) {
      kept.set(pair, [...(kept.get(pair) ?? []), ...entries])
      return Promise.resolve()
    },
    async *batches(pair) {
      await Promise.resolve()
      const all = kept.get(pair) ?? []
      for (let at = 0; at < all.length; at += DELETES_AT_ONCE) yield all.slice(at, at + DELETES_AT_ONCE)
    },
  }
}

/** Stores events in memory; the journal on disk has its own tests. */
export class MemoryJournal implements Journal {
  readonly events: SyncEvent[] = []
  readonly isLong = false

  append(event: SyncEvent): void {
    this.events.push(event)
  }

  beginSegment(): void {
    throw new Error('it is never long')
  }
}

/** The events of a run, without the states. */
export function eventsOf(plan: SyncPlan, world: RunEnvironment): Observable<SyncEvent> {
  return sync(plan, world).pipe(map(({ event }) => event))
}

/** An environment in which waiting takes no time: whenever nothing else happens, the clock jumps to the next timer. */
export class VirtualWorld implements RunEnvironment {
  readonly scheduler = new VirtualTimeScheduler()
  readonly stores: { readonly source: MemoryStore; readonly target: MemoryStore }
  readonly sorter = memorySorter
  /** Each run starts without candidates. */
  candidates = memoryCandidates()
  readonly goingOn: Promise<void>[] = []
  interrupts: RunEnvironment['interrupts'] = NEVER
  notices: RunEnvironment['notices'] = NEVER
  named?: NonNullable<RunEnvironment['named']>
  journal?: Journal
  resumed?: Resumed

  constructor(source = new MemoryStore(), target = new MemoryStore()) {
    this.stores = { source, target }
  }

  readonly random = (): number => 0
  readonly busy = (): number => 0
  readonly newHasher = newMd5
  readonly newChecksum = newChecksum
  readonly inBackground = (work: Promise<void>): void => void this.goingOn.push(work)

  /** Runs a plan to its end, with its own stores or others; returns all events. */
  async run(plan: Partial<SyncPlan> = {}, stores?: Stores): Promise<SyncEvent[]> {
    this.candidates = memoryCandidates()
    const world = stores === undefined ? this : worldOf(this, stores)
    return this.settle(eventsOf({ ...PLAN, ...plan }, world).pipe(toArray()))
  }

  /** The last value of an observable. */
  async settle<T>(source: Observable<T>): Promise<T> {
    const waiting = { over: false }
    const result = lastValueFrom(source).finally(() => (waiting.over = true))
    result.catch(() => undefined)
    while (!waiting.over) {
      await quiet()
      const [next] = this.scheduler.actions
      if (next === undefined) continue
      this.scheduler.maxFrames = next.delay
      this.scheduler.flush()
    }
    return result
  }
}

/** The same environment with other stores. */
export function worldOf(world: VirtualWorld, stores: Stores): RunEnvironment {
  const { scheduler, sorter, random, busy, newHasher, newChecksum, inBackground, interrupts, notices } = world
  const others = { scheduler, sorter, random, busy, newHasher, newChecksum, inBackground, interrupts, notices }
  const { journal, resumed, named } = world
  const told = { ...(journal && { journal }), ...(resumed && { resumed }), ...(named && { named }) }
  return { ...others, ...told, stores, candidates: memoryCandidates() }
}

/** Waits until promises and streams can do nothing more without time passing. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function ofType<T extends SyncEvent['type']>(events: readonly SyncEvent[], type: T): Extract<SyncEvent, { type: T }>[] {
  return events.filter((event): event is Extract<SyncEvent, { type: T }> => event.type === type)
}

/** The start of a resume, from a journal. */
export function resumedFrom(journal: MemoryJournal): Resumed {
  const fold = new Fold(undefined)
  for (const event of journal.events) fold.take(event)
  const { state, left } = fold.snapshot
  return {
    state,
    left,
    async *failures(index) {
      await Promise.resolve()
      const of = left.pairs[index]
      if (of === undefined) return
      const told = ofType(journal.events, 'object-failed').filter((event) => event.pair.source.bucket === of.pair.source.bucket)
      const keys = told.slice(of.failures.gone).map(({ key, versions = 1 }) => ({ key, versions }))
      if (keys.length > 0) yield keys
    },
  }
}
