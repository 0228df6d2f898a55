import { globsIn } from '../../io/files/glob-list.js'
import { resolveUserPath } from '../../io/files/paths.js'
import type { GlobFiles } from '../args/glob-files.js'
import type { Surroundings } from './process-context.js'

/** The files of `--include-from` and `--exclude-from`, by the names that a person gives them. */
export function globFiles(s: Pick<Surroundings, 'env' | 'cwd'>): GlobFiles {
  return (file) => globsIn(resolveUserPath(file, s.env, s.cwd))
}
