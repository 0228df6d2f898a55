import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The directories where this tool stores its own files: connections, keys, journals. They contain no objects, whatever path, link or mount
 * leads to them: device and inode identify them.
 */
export class OwnDirectories {
  /** Identities of the directories that exist; a missing one may be created later. */
  private readonly known = new Map<string, string>()

  constructor(private readonly paths: readonly string[]) {}

  /** Whether a directory (its real path) is one of them or below one of them that is not above `root`. */
  async hold(directory: string, root?: string): Promise<boolean> {
    for (let at = directory; ; at = dirname(at)) {
      if (await this.are(at)) return true
      if (at === root || at === dirname(at)) return false
    }
  }

  /** Whether a directory is one of them; `found`: its stat result, if known. */
  async are(directory: string, found?: BigIntStats): Promise<boolean> {
    const own = await this.identities()
    const identity = own.length === 0 ? undefined : found === undefined ? await identityOf(directory) : identityIn(found)
    return identity !== undefined && own.includes(identity)
  }

  private async identities(): Promise<readonly string[]> {
    for (const path of this.paths) {
      const identity = this.known.has(path) ? undefined : await identityOf(path)
      if (identity !== undefined) this.known.set(path, identity)
    }
    return [...this.known.values()]
  }
}

/** Undefined if the path does not exist or is unreadable. */
function identityOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(identityIn, () => undefined)
}

function identityIn({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}
