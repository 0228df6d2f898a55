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

/** Entries of a page, as in S3; also the maximum of other things on a page. */
const PAGE = 1_000
/**
 * How many walks are kept for a request of their next page. When there are more, the oldest is dropped and starts again if it is requested.
 */
const WAITING = 64

/** A walk that is under way. */
interface Walker {
  readonly met: AsyncGenerator<readonly Met[]>
  /** What the walk found and no page has returned yet. */
  ahead: Met[]
  /** The directory where it began. */
  readonly identity: string
  ended: boolean
}

/** Pages over walks: each page continues the walk of the page before it, without a new walk to that place. */
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
      // If the directory was replaced during the walk, it looks empty but is not.
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

  /** Files that were removed after their directory was read are omitted. */
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

/** How many of the items fit on a page. */
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
