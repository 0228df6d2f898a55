import { type BucketPair, samePair } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'
import type { Run } from '../run/run-context.js'

/** Whether an object could be copied if something else at the target went. */
export function isBlocked({ reason }: Failure): boolean {
  return reason === 'blocked' || reason === 'case-conflict'
}

/** A pair starts anew, and its objects come again. */
export function dropBlocked({ blocked }: Pick<Run, 'blocked'>, pair: BucketPair): void {
  blocked?.splice(0, blocked.length, ...blocked.filter((one) => !samePair(one.pair, pair)))
}

/** Keys of a pair's target that block others: above or below them, or the same in a target that does not distinguish them. */
export class BlockingKeys {
  /** Each path of the blocked keys, themselves and those above, as a target may confuse it with others. */
  private readonly paths = new Map<string, { readonly path: string; readonly isKey: boolean }>()

  /** Nothing is blocked. */
  get isFree(): boolean {
    return this.paths.size === 0
  }

  constructor(blocked: readonly string[]) {
    for (const key of blocked) {
      for (const path of pathsOf(key)) {
        const isKey = path === key || this.paths.get(confused(path))?.isKey === true
        this.paths.set(confused(path), { path, isKey })
      }
    }
  }

  /** Whether a key must go so that what is blocked can be written. */
  needs(key: string): boolean {
    for (const path of pathsOf(key)) {
      const found = this.paths.get(confused(path))
      if (found === undefined) return false
      // A file where a directory must be, a directory where a file must be, or another name for the same.
      if (path === key || found.isKey || found.path !== path) return true
    }
    return false
  }
}

/** `a/b/c`: `a`, `a/b`, `a/b/c`. */
function* pathsOf(key: string): Generator<string> {
  for (let end = key.indexOf('/'); end >= 0; end = key.indexOf('/', end + 1)) yield key.slice(0, end)
  yield key
}

function confused(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
