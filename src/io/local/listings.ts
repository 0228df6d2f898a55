import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreError } from '../../pipeline/ports/failure.js'
import type { ListPage, ListRequest, ObjectEntry, Unlisted } from '../../pipeline/ports/objects.js'
import { notesAbove, notesIn } from './backup-notes.js'
import { describe } from './describe.js'
import { identityOf } from './directories.js'
import { isOwn, localFailure, unlessAborted } from './failures.js'
import { isMissing } from './paths.js'
import { unreadable } from './unlisted.js'
import { type Bounds, keyOfPath, type Met, walk, type Walking } from './walk.js'

/** Entries of a page, as S3 has it; and so many other things at most. */
const PAGE = 1_000
/** Walks that wait for their next page to be asked for. One that is asked for later than so many others begins anew. */
const WAITING = 64

/** A walk in the middle of its way. */
interface Walker {
  readonly met: AsyncGenerator<readonly Met[]>
  /** What it came upon and no page has shown. */
  ahead: Met[]
  /** The directory it began in. */
  readonly identity: string
  ended: boolean
}

/** Pages over walks: each continues where the one before it ended, without walking there again. */
export class LocalListings {
  private readonly waiting = new Map<string, Walker>()
  private readonly backups = new Map<string, Set<string>>()

  constructor(private readonly walking: Walking) {}

  async page(request: ListRequest): Promise<ListPage> {
    const { bucket, prefix, after, skips, token, limit = PAGE, signal } = request
    unlessAborted('ListObjectsV2', signal)
    const waiting = token === undefined ? undefined : this.take(nameOf(request, token))
    const walker = waiting ?? (await this.begin(bucket, { prefix, after: token ?? after, skips }))
    try {
      while (!walker.ended && endOfPage(walker.ahead, limit) === walker.ahead.length) {
        const next = await walker.met.next()
        if (next.done === true) walker.ended = true
        else walker.ahead.push(...next.value)
        unlessAborted('ListObjectsV2', signal)
      }
      // What went away beneath it looks empty, which it is not.
      if ((await identityOf('ListObjectsV2', bucket)) !== walker.identity) throw replaced(bucket)
    } catch (error) {
      await walker.met.return(undefined)
      throw error
    }
    const met = walker.ahead.splice(0, endOfPage(walker.ahead, limit))
    const page = await this.described(bucket, met)
    const last = met.at(-1)
    if (last === undefined || walker.ahead.length === 0) return page
    const next = keyOfPath(last)
    await this.keep(nameOf(request, next), walker)
    return { ...page, next }
  }

  /** See {@link ObjectStore}. */
  backupsWithin(root: string): ReadonlySet<string> {
    return this.backupsOf(root)
  }

  /** Ends all walks. */
  close(): void {
    for (const { met } of this.waiting.values()) void met.return(undefined)
    this.waiting.clear()
  }

  private async begin(root: string, bounds: Bounds): Promise<Walker> {
    const identity = await identityOf('ListObjectsV2', root)
    if (await this.walking.own.are(root)) throw isOwn('ListObjectsV2', root, 'fatal')
    const backups = this.backupsOf(root)
    for (const noted of await notesAbove(root)) backups.add(noted)
    const onNotes = async (directory: string, at: string): Promise<void> => {
      for (const noted of await notesIn(directory)) backups.add(at + noted)
    }
    return { met: walk(root, bounds, { ...this.walking, onNotes }), ahead: [], identity, ended: false }
  }

  private backupsOf(root: string): Set<string> {
    const known = this.backups.get(root) ?? new Set()
    this.backups.set(root, known)
    return known
  }

  private take(name: string): Walker | undefined {
    const walker = this.waiting.get(name)
    this.waiting.delete(name)
    return walker
  }

  private async keep(name: string, walker: Walker): Promise<void> {
    const [oldest] = this.waiting
    if (this.waiting.size >= WAITING && oldest !== undefined) {
      this.waiting.delete(oldest[0])
      await oldest[1].met.return(undefined)
    }
    this.waiting.set(name, walker)
  }

  /** What went away since its directory was read is not there. */
  private async described(root: string, all: readonly Met[]): Promise<ListPage> {
    const look = this.walking.followLinks ? stat : lstat
    const described = async (met: Met): Promise<ObjectEntry | Unlisted | undefined> => {
      if (typeof met !== 'string') return met
      try {
        const found = await look(join(root, met), { bigint: true })
        return found.isFile() ? { key: met, ...describe(found) } : undefined
      } catch (error) {
        return isMissing(error) ? undefined : unreadable(met, error)
      }
    }
    const entries: ObjectEntry[] = []
    const unlisted: Unlisted[] = []
    for (const one of await Promise.all(all.map(described))) {
      if (one === undefined) continue
      if ('etag' in one) entries.push(one)
      else unlisted.push(one)
    }
    return unlisted.length === 0 ? { entries } : { entries, unlisted }
  }
}

/** How much of what was met goes on a page. */
function endOfPage(ahead: readonly Met[], limit: number): number {
  let [keys, others] = [0, 0]
  for (const [index, met] of ahead.entries()) {
    if (typeof met === 'string' ? ++keys > limit : ++others > PAGE) return index
  }
  return ahead.length
}

function nameOf({ bucket, prefix }: ListRequest, token: string): string {
  return [bucket, prefix, token].join('\0')
}

function replaced(root: string): StoreError {
  return localFailure('ListObjectsV2', 'DirectoryReplaced', `${root} is another directory than it was`, 'fatal')
}
