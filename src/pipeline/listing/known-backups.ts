import { StoreError } from '../ports/failure.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'

/** Here each bucket says below which of its prefixes runs keep backups: `.s3-sync/backups/PREFIX/README.txt`. */
export const NOTES = '.s3-sync/backups'
const NOTE = /^(.*\/)?\.s3-sync\/backups\/(.+)\/README\.txt$/s

/** The key of the note that backups lie below a prefix. The key is what counts; its text is for people. */
export function noteOf(prefix: string): string {
  return `${NOTES}/${prefix}/README.txt`
}

export function noteText(prefix: string): string {
  return (
    `The objects below ${prefix}/ are backups that s3-sync made (--backup-prefix).\n` +
    'Later runs never copy, overwrite or delete them. Delete this note to let them.\n'
  )
}

/** Whether a key is one of the notes, also of a directory within the one that is listed: no object of anybody's. */
export function isNote(key: string): boolean {
  return key.startsWith(`${NOTES}/`) || key.includes(`/${NOTES}/`)
}

/**
 * Where one side of a pair holds backups of earlier runs. Its notes are read when something depends on them first: one listing for a pair,
 * none where the first page shows all of the bucket, none where nothing is to be written.
 */
export class Backups {
  private asked: Promise<ReadonlySet<string>> | undefined

  /**
   * @param listNotes the pages of {@link NOTES}
   * @param within prefixes that the store came by while it listed; `''` where all of it is backups
   * @param isMeant whether backups below a prefix are what the run is asked to copy: its SOURCE lies within them
   * @param onDenied this login may not list the notes
   */
  constructor(
    private readonly listNotes: () => AsyncIterable<ListPage>,
    private readonly within: () => ReadonlySet<string>,
    private readonly isMeant: (prefix: string) => boolean,
    private readonly onDenied: () => void,
  ) {}

  /** All that the bucket holds was on one page. */
  learn({ entries }: ListPage): void {
    this.asked ??= Promise.resolve(this.prefixesIn(entries))
  }

  /** The prefix of the backup that a key names; undefined where it names none. @throws {StoreError} when the notes can't be read */
  async prefixOf(key: string): Promise<string | undefined> {
    this.asked ??= this.read()
    const noted = await this.asked
    const within = this.within()
    if (noted.size + within.size === 0) return undefined
    if (within.has('') && !this.isMeant('')) return ''
    for (let end = key.indexOf('/'); end >= 0; end = key.indexOf('/', end + 1)) {
      const prefix = key.slice(0, end)
      if ((noted.has(prefix) || within.has(prefix)) && !this.isMeant(prefix)) return prefix
    }
    return undefined
  }

  private async read(): Promise<ReadonlySet<string>> {
    const found = new Set<string>()
    try {
      for await (const { entries } of this.listNotes()) for (const prefix of this.prefixesIn(entries)) found.add(prefix)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const { reason } = error.failure
      if (reason === 'no-such-bucket') return found
      if (reason !== 'denied') {
        this.asked = undefined
        throw error
      }
      // Who may not read the notes can't have written them, so backups here are not of this login. Without this no login that is confined
      // to a prefix could be used.
      this.onDenied()
    }
    return found
  }

  private prefixesIn(entries: readonly ObjectEntry[]): Set<string> {
    return new Set(entries.flatMap(({ key }) => prefixNoted(key) ?? []))
  }
}

/** Backups of source and target. */
export interface PairBackups {
  readonly source: Backups
  readonly target: Backups
}

/** What a note says; undefined for a key that is none. */
export function prefixNoted(key: string): string | undefined {
  const found = NOTE.exec(key)
  return found === null ? undefined : `${found[1] ?? ''}${found[2] ?? ''}`
}
