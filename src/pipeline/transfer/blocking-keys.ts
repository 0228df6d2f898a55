import { type BucketPair, samePair } from '../ports/bucket-pair.js'
import type { Failure } from '../ports/failure.js'
import type { Run } from '../run/run-context.js'

/** Whether the object could be copied if another target object were deleted. */
export function isBlocked({ reason }: Failure): boolean {
  return reason === 'blocked' || reason === 'case-conflict'
}

/** Forgets the blocked objects of a pair that is listed again: its objects are found again. */
export function dropBlocked({ blocked }: Pick<Run, 'blocked'>, pair: BucketPair): void {
  blocked?.splice(0, blocked.length, ...blocked.filter((one) => !samePair(one.pair, pair)))
}

/** Target keys that block other keys of a pair: above or below them, or treated as the same by the target. */
export class BlockingKeys {
  /** Every path of the blocked keys (the key and its directories), in the form in which a target may confuse it with others. */
  private readonly paths = new Map<string, { readonly path: string; readonly isKey: boolean }>()

  /** Whether nothing is blocked. */
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

  /** Whether a key must be deleted so that a blocked key can be written. */
  needs(key: string): boolean {
    for (const path of pathsOf(key)) {
      const found = this.paths.get(confused(path))
      if (found === undefined) return false
      // A file where a directory is needed, a directory where a file is needed, or another spelling of the same name.
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
