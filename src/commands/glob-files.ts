import { globsIn } from '../io/glob-list.js'
import { resolveUserPath } from '../io/state/paths.js'
import type { GlobFiles } from '../prompts/arguments/glob-files.js'
import type { Surroundings } from './surroundings.js'

/** The files of `--include-from` and `--exclude-from`, by the names that a person gives them. */
export function globFiles(s: Pick<Surroundings, 'env' | 'cwd'>): GlobFiles {
  return (file) => globsIn(resolveUserPath(file, s.env, s.cwd))
}
