import fc from 'fast-check'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { toArray } from 'rxjs'
import { openLocalStore } from '../../src/io/local/store.js'
import type { CompareMode } from '../../src/pipeline/plan/sync-plan.js'
import { delegate } from '../../src/pipeline/ports/wrap-store.js'
import type { SyncEvent } from '../../src/pipeline/events/events.js'
import type { ObjectStore } from '../../src/pipeline/ports/object-store.js'
import { eventsOf, ofType, place, PLAN, VirtualWorld, worldOf } from '../pipeline/harness.js'
import { MemoryStore } from './memory-store.js'

/** A side: a bucket on a server, with its clock and its ETags, or a directory. */
export type SideKind =
  | { readonly kind: 'directory' }
  | {
      readonly kind: 'bucket'
      /** How far its clock is ahead of this machine's, ms. */
      readonly aheadMs: number
      /** How far the measured time of that clock is off, which is also its stated uncertainty, ms. */
      readonly offMs: number
      /** Times are truncated to multiples of this, ms. */
      readonly precision: 1 | 1_000
      readonly etags: 'md5' | 'words' | 'invented'
    }

/** A change of an object on a side; `content` is one of a few texts of equal length. */
export interface Edit {
  readonly side: 'source' | 'target'
  readonly key: string
  readonly content: string
  /**
   * `write`: in place. The others apply to files: `replace`: by renaming another file, with its own time; `touch`; `chmod`; `swap`: its
   * directory is renamed away and another one renamed to its place. On a bucket they are writes.
   */
  readonly how: 'write' | 'replace' | 'touch' | 'chmod' | 'swap'
}

/** An edit before the call with number `call` to a store in a run. */
export interface DuringRun {
  readonly call: number
  readonly edit: Edit
}

export interface Story {
  readonly source: SideKind
  readonly target: SideKind
  readonly compare: CompareMode
  readonly before: readonly Edit[]
  /** Runs with edits during each of them; a moment passes between two runs. */
  readonly runs: readonly (readonly DuringRun[])[]
  /** ms that pass with each call to a store */
  readonly callMs: number
}

const KEYS = ['a', 'd/b', 'd/c', 'e/f/g']
const CONTENTS = ['one', 'two', 'six', '']
const bucket = fc.record({
  kind: fc.constant('bucket' as const),
  aheadMs: fc.constantFrom(0, 0, 3_600_000, -3_600_000, 700, -700),
  offMs: fc.constantFrom(0, 450, -450),
  precision: fc.constantFrom(1 as const, 1_000 as const),
  etags: fc.constantFrom('md5' as const, 'md5' as const, 'words' as const, 'invented' as const),
})
const directory = fc.constant({ kind: 'directory' as const })
const side = { bucket, directory }

/** Arbitrary stories between two kinds of sides. */
export function stories(from: keyof typeof side, to: keyof typeof side): fc.Arbitrary<Story> {
  return fc.tuple(side[from], side[to]).chain(([source, target]) => {
    // If the ETags say nothing, a target that others write to can't be distinguished from a newer copy.
    const isOurs = (target.kind === 'bucket' && target.etags !== 'md5') || (source.kind === 'bucket' && source.etags !== 'md5')
    const edit = fc.record({
      side: isOurs ? fc.constant('source' as const) : fc.constantFrom('source' as const, 'source' as const, 'target' as const),
      key: fc.constantFrom(...KEYS),
      content: fc.constantFrom(...CONTENTS),
      how: fc.constantFrom('write' as const, 'replace' as const, 'touch' as const, 'chmod' as const, 'swap' as const),
    })
    return fc.record({
      source: fc.constant(source),
      target: fc.constant(target),
      compare: fc.constantFrom<CompareMode>('auto', 'auto', 'auto', 'checksum', 'etag'),
      before: fc.array(edit, { maxLength: 8 }),
      runs: fc.array(fc.array(fc.record({ call: fc.nat(25), edit }), { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      callMs: fc.constantFrom(1, 90, 600),
    })
  })
}

/** The content of both sides after the last, quiet run, and what one more run copies. */
export interface Outcome {
  readonly source: ReadonlyMap<string, string>
  readonly target: ReadonlyMap<string, string>
  readonly failed: readonly string[]
  readonly copiedAgain: readonly string[]
}

/** Executes a story below `root`, an empty directory. */
export async function outcomeOf(story: Story, root: string): Promise<Outcome> {
  const time = new Time()
  const sides = { source: sideOf(story.source, join(root, 's'), time), target: sideOf(story.target, join(root, 't'), time) }
  const happen = ({ side, ...edit }: Edit): void => sides[side].edit(edit)
  const run = (disturbed: readonly DuringRun[]): Promise<SyncEvent[]> => {
    let calls = 0
    const called = (): void => {
      time.pass(story.callMs)
      calls++
      for (const { call, edit } of disturbed) if (call === calls) happen(edit)
    }
    const around = (store: ObjectStore): ObjectStore =>
      delegate(store, (call) => async (request) => {
        called()
        const answer = await call(request)
        called()
        return answer
      })
    const stores = { source: around(sides.source.store), target: around(sides.target.store) }
    const world = new VirtualWorld()
    const plan = {
      ...PLAN,
      compare: story.compare,
      pairs: [{ source: place(sides.source.bucket), target: place(sides.target.bucket) }],
    }
    return world.settle(eventsOf(plan, worldOf(world, stores)).pipe(toArray()))
  }
  for (const edit of story.before) happen(edit)
  for (const disturbed of story.runs) {
    await run(disturbed)
    time.pass(3_000)
  }
  time.pass(60_000)
  const quiet = await run([])
  time.pass(60_000)
  const again = await run([])
  return {
    source: sides.source.contents(),
    target: sides.target.contents(),
    failed: ofType(quiet, 'object-failed').map(({ key, failure }) => `${key}: ${failure.code}`),
    copiedAgain: ofType(again, 'object-copied').map(({ key, reason }) => `${key}: ${reason}`),
  }
}

/** How far the servers' time starts before the real time that files have, ms: the time that stories add must not reach it. */
const HOURS = 36_000_000

/** The servers' time, which advances as the story says. */
class Time {
  private passed = 0
  private told = 0

  now(): number {
    return Date.now() - HOURS + this.passed
  }

  /** s since the epoch, long ago, and unique: two files have the same time only if one copied it from the other. */
  unique(): number {
    return ++this.told
  }

  pass(ms: number): void {
    this.passed += ms
  }
}

interface ModelSide {
  readonly store: ObjectStore
  readonly bucket: string
  readonly edit: (edit: Omit<Edit, 'side'>) => void
  readonly contents: () => ReadonlyMap<string, string>
}

function sideOf(kind: SideKind, root: string, time: Time): ModelSide {
  return kind.kind === 'directory' ? directoryOf(root, time) : bucketOf(root, kind, time)
}

function bucketOf(
  root: string,
  { aheadMs, offMs, precision, etags }: Extract<SideKind, { kind: 'bucket' }>,
  time: Time,
): ModelSide {
  const store = new MemoryStore({
    now: () => Math.floor((time.now() + aheadMs) / precision) * precision,
    clock: () => ({ of: root, nowMs: time.now() + aheadMs + offMs, withinMs: 500 }),
    md5: etags === 'md5',
    inventsMd5s: etags === 'invented',
  })
  store.seed('media', 'x', '').remove('media', 'x')
  return {
    store,
    bucket: 'media',
    edit: ({ key, content }) => void store.seed('media', key, content),
    contents: () => new Map(Object.entries(store.contents('media') ?? {})),
  }
}

function directoryOf(root: string, time: Time): ModelSide {
  mkdirSync(root)
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
  }
  /** Next to the tree, and older than everything in it. */
  const apart = (): string => `${root}-${time.unique()}`
  const age = (path: string): void => {
    const seconds = time.unique()
    utimesSync(path, seconds, seconds)
  }
  return {
    store: openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: false, own: [] }),
    bucket: root,
    edit({ key, content, how }) {
      const path = join(root, key)
      const isThere = existsSync(path)
      if (how === 'write' || !isThere) write(path, content)
      else if (how === 'chmod') chmodSync(path, 0o640)
      else if (how === 'touch') age(path)
      else if (how === 'replace') {
        const other = apart()
        write(other, content)
        age(other)
        renameSync(other, path)
      } else if (dirname(key) === '.') write(path, content)
      else {
        const [old, other] = [apart(), apart()]
        write(join(other, key.slice(key.lastIndexOf('/') + 1)), content)
        age(join(other, key.slice(key.lastIndexOf('/') + 1)))
        renameSync(dirname(path), old)
        renameSync(other, dirname(path))
      }
    },
    contents: () => read(root),
  }
}

function read(root: string): ReadonlyMap<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return new Map(
    files.map(({ name, parentPath }) => {
      const path = join(parentPath, name)
      return [relative(root, path), readFileSync(path, 'utf8')]
    }),
  )
}

/** Removes the files of stories below a directory. */
export function cleared(root: string): string {
  rmSync(root, { recursive: true, force: true })
  mkdirSync(root, { recursive: true })
  return root
}
