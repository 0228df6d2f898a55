import { readdir } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { NOTES, prefixNoted } from '../../pipeline/listing/known-backups.js'
import { local } from './failures.js'
import { isMissing } from './paths.js'

/** The paths below a directory that contain backups, according to its notes. */
export async function notesIn(directory: string): Promise<readonly string[]> {
  const files = await local('ReadDirectory', () =>
    readdir(join(directory, NOTES), { recursive: true }).catch((error: unknown) => {
      if (isMissing(error)) return []
      throw error
    }),
  )
  return files.flatMap((file) => prefixNoted(`${NOTES}/${file.split(sep).join('/')}`) ?? [])
}

/**
 * The paths in a directory that contain backups, according to the notes of its parents; `''` when the directory is below backups itself.
 */
export async function notesAbove(root: string): Promise<readonly string[]> {
  const found: string[] = []
  for (let above = dirname(root); ; above = dirname(above)) {
    const path = `${relative(above, root).split(sep).join('/')}/`
    // Parent directories may be unreadable.
    for (const prefix of await notesIn(above).catch(() => [])) {
      if (path.startsWith(`${prefix}/`)) found.push('')
      if (prefix.startsWith(path)) found.push(prefix.slice(path.length))
    }
    if (above === dirname(above)) return found
  }
}
