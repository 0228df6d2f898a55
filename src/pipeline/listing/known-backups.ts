import { StoreError } from '../ports/failure.js'
import type { ListPage, ObjectEntry } from '../ports/objects.js'

/** Each bucket records here the prefixes that hold backups: `.s3-sync/backups/PREFIX/README.txt`. */
export const NOTES = '.s3-sync/backups'
const NOTE = /^(.*\/)?\.s3-sync\/backups\/(.+)\/README\.txt$/s

/** The key of the note which records that backups are below a prefix. Only the key matters; the text is for people. */
export function noteOf(prefix: string): string {
  return `${NOTES}/${prefix}/README.txt`
}

export function noteText(prefix: string): string {
  return (
    `The objects below ${prefix}/ are backups that s3-sync made (--backup-prefix).\n` +
    'Later runs never copy, overwrite or delete them. Delete this note to let them.\n'
  )
}

/** Whether a key is such a note, also in a directory below the listed one. Notes are not user objects. */
export function isNote(key: string): boolean {
  return key.startsWith(`${NOTES}/`) || key.includes(`/${NOTES}/`)
}

/**
 * Where one side of a pair holds backups of earlier runs. The notes are read when they are first needed: one listing for each pair, none if
 * the first page shows the whole bucket, none if nothing is written.
 */
export class Backups {
  private asked: Promise<ReadonlySet<string>> | undefined

  /**
   * @param listNotes the pages of {@link NOTES}
   * @param within prefixes that the store found while listing; `''` if the whole bucket is backups
   * @param isMeant whether the run is asked to copy the backups below a prefix: its SOURCE is within them
   * @param onDenied called if the access key may not list the notes
   */
  constructor(
    private readonly listNotes: () => AsyncIterable<ListPage>,
    private readonly within: () => ReadonlySet<string>,
    private readonly isMeant: (prefix: string) => boolean,
    private readonly onDenied: () => void,
  ) {}

  /** Uses a page that shows the whole bucket. */
  learn({ entries }: ListPage): void {
    this.asked ??= Promise.resolve(this.prefixesIn(entries))
  }

  /** The backup prefix that a key is below; undefined if it is not a backup. @throws {StoreError} when the notes can't be read */
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
      // An access key that may not read the notes cannot have written them, so no backups here are its own. Without this rule, access keys
      // confined to a prefix would not work.
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

/** The prefix that a note records; undefined for other keys. */
export function prefixNoted(key: string): string | undefined {
  const found = NOTE.exec(key)
  return found === null ? undefined : `${found[1] ?? ''}${found[2] ?? ''}`
}
