import { lstat, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoreError } from '../../pipeline/errors.js'
import type { ListPage, ListRequest, ObjectEntry } from '../../pipeline/ports.js'
import { describe } from './describe.js'
import { identityOf } from './directories.js'
import { local, localFailure, unlessAborted } from './failures.js'
import { unlessMissing } from './paths.js'
import { walk, type Walking } from './walk.js'

/** Entries of a page, as S3 has it. */
const PAGE = 1_000
/** Walks that wait for their next page to be asked for. One that is asked for later than so many others begins anew. */
const WAITING = 64

/** A walk in the middle of its way. */
interface Walker {
  readonly keys: AsyncGenerator<readonly string[]>
  /** Keys that it came to and that no page has shown. */
  ahead: string[]
  /** The directory it began in. */
  readonly identity: string
  ended: boolean
}

/** Pages over walks: each goes on where the one before it ended, without walking there again. */
export class LocalListings {
  private readonly waiting = new Map<string, Walker>()

  constructor(private readonly walking: Walking) {}

  async page(request: ListRequest): Promise<ListPage> {
    const { bucket, prefix, after, token, limit = PAGE, signal } = request
    unlessAborted('ListObjectsV2', signal)
    const waiting = token === undefined ? undefined : this.take(nameOf(request, token))
    const walker = waiting ?? (await this.begin(bucket, prefix, token ?? after))
    try {
      while (walker.ahead.length <= limit && !walker.ended) {
        const next = await walker.keys.next()
        if (next.done === true) walker.ended = true
        else walker.ahead.push(...next.value)
        unlessAborted('ListObjectsV2', signal)
      }
      // What went away beneath it looks empty, which it is not.
      if ((await identityOf('ListObjectsV2', bucket)) !== walker.identity) throw replaced(bucket)
    } catch (error) {
      await walker.keys.return(undefined)
      throw error
    }
    const keys = walker.ahead.splice(0, limit)
    const entries = await this.described(bucket, keys)
    const last = keys.at(-1)
    if (last === undefined || walker.ahead.length === 0) return { entries }
    await this.keep(nameOf(request, last), walker)
    return { entries, next: last }
  }

  /** Ends all walks. */
  close(): void {
    for (const { keys } of this.waiting.values()) void keys.return(undefined)
    this.waiting.clear()
  }

  private async begin(root: string, prefix: string, after: string | undefined): Promise<Walker> {
    const identity = await identityOf('ListObjectsV2', root)
    return { keys: walk(root, { prefix, after }, this.walking), ahead: [], identity, ended: false }
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
      await oldest[1].keys.return(undefined)
    }
    this.waiting.set(name, walker)
  }

  /** What went away since its directory was read is not there. */
  private async described(root: string, keys: readonly string[]): Promise<readonly ObjectEntry[]> {
    const look = this.walking.followLinks ? stat : lstat
    const described = async (key: string): Promise<ObjectEntry | undefined> => {
      const found = await look(join(root, key), { bigint: true }).catch(unlessMissing)
      return found?.isFile() === true ? { key, ...describe(found) } : undefined
    }
    const entries = await local('ListObjectsV2', () => Promise.all(keys.map(described)))
    return entries.filter((entry) => entry !== undefined)
  }
}

function nameOf({ bucket, prefix }: ListRequest, token: string): string {
  return [bucket, prefix, token].join('\0')
}

function replaced(root: string): StoreError {
  return localFailure('ListObjectsV2', 'DirectoryReplaced', `${root} is another directory than it was`, 'fatal')
}
