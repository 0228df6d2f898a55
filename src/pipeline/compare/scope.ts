import type { SkipReason } from '../events/reasons.js'
import type { Range } from '../listing/key-range.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import type { ObjectEntry } from '../ports/objects.js'
import { isBelow, nameOf, tailOf } from '../ports/relative-key.js'
import type { Run } from '../run/run-context.js'

/**
 * Decides which objects of a pair are in the scope of a run, and which must not be written although they differ. Sync, verify and versions
 * share these rules; filters, folders, archived objects and backups are decided only here.
 */
export class Scope {
  constructor(
    private readonly run: Run,
    private readonly pair: BucketPair,
    private readonly backups: PairBackups,
  ) {}

  /**
   * Why a source object is left out before it is compared; undefined if it is not left out.
   * @param to its key at the target; undefined if it has none
   */
  leftOut(entry: ObjectEntry, to: string | undefined): 'filtered' | 'folder' | undefined {
    if (!this.isSelected(entry) || (to !== undefined && isBackup(this.run, to))) return 'filtered'
    return !this.run.stores.target.traits.holdsFolders && isFolder(entry) ? 'folder' : undefined
  }

  /** Whether the filters (`--include`, `--exclude` etc.) select a source object. */
  isSelected(entry: ObjectEntry): boolean {
    return this.run.selects?.(nameOf(this.pair.source, entry.key), entry) !== false
  }

  /** Why a differing object is not written. `backup`: it is a backup of an earlier run, or would overwrite one. */
  async notWritten(
    entry: ObjectEntry,
    to: string | undefined,
    overwrites: boolean,
  ): Promise<Extract<SkipReason, 'no-name' | 'archived'> | 'backup' | undefined> {
    if (to === undefined) return 'no-name'
    if (entry.archived) return 'archived'
    return (await this.touchesBackup(entry, to, overwrites)) ? 'backup' : undefined
  }

  /** Whether copying an object would copy or overwrite a backup of an earlier run. */
  async touchesBackup({ key }: ObjectEntry, to: string | undefined, overwrites: boolean): Promise<boolean> {
    if (await this.isBackupOfSource(key)) return true
    return to !== undefined && overwrites && (await this.backups.target.prefixOf(to)) !== undefined
  }

  /** Whether a source key is a backup of an earlier run. */
  async isBackupOfSource(key: string): Promise<boolean> {
    return (await this.backups.source.prefixOf(key)) !== undefined
  }

  /** Selects, from objects that only the target lists, those in the scope of the run that the source could have. Backups are excluded. */
  async extras(range: Range, entries: readonly ObjectEntry[]): Promise<readonly ObjectEntry[]> {
    const own: ObjectEntry[] = []
    for (const entry of entries)
      if (this.isExtra(range, entry) && (await this.backups.target.prefixOf(entry.key)) === undefined) own.push(entry)
    return own
  }

  private isExtra(range: Range, entry: ObjectEntry): boolean {
    const { run } = this
    const { target } = this.pair
    return (
      range.holds(target, entry.key) &&
      tailOf(target, entry.key) !== '' &&
      run.selects?.(nameOf(target, entry.key), entry) !== false &&
      !isBackup(run, entry.key) &&
      // The source may have the directory: a directory is not listed as an object.
      (run.stores.source.traits.holdsFolders || !isFolder(entry))
    )
  }
}

/** An empty object that represents a directory. */
function isFolder({ key, size }: ObjectEntry): boolean {
  return size === 0 && key.endsWith('/')
}

/** Whether a target key is below `--backup-prefix`. */
export function isBackup({ plan }: Run, key: string): boolean {
  return plan.backupPrefix !== undefined && isBelow(plan.backupPrefix, key)
}
