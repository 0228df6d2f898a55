import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * The directories in which this tool keeps its own things: connections, keys, journals. No objects are there, by whatever path, link or mount
 * one comes to them: they are known by device and inode.
 */
export class OwnDirectories {
  /** Of those that were met: one that is not there yet may come. */
  private readonly known = new Map<string, string>()

  constructor(private readonly paths: readonly string[]) {}

  /** Whether a directory (its real path) is one of them, or in one of them that is not above `root`. */
  async hold(directory: string, root?: string): Promise<boolean> {
    for (let at = directory; ; at = dirname(at)) {
      if (await this.are(at)) return true
      if (at === root || at === dirname(at)) return false
    }
  }

  /** Whether a directory is one of them; `found`: what is known of it. */
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

/** Undefined where there is nothing, or nothing that may be looked at. */
function identityOf(path: string): Promise<string | undefined> {
  return stat(path, { bigint: true }).then(identityIn, () => undefined)
}

function identityIn({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`
}
