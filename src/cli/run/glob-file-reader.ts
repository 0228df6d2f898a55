import { globsIn } from '../../io/files/glob-list.js'
import { resolveUserPath } from '../../io/files/paths.js'
import type { ReadGlobFile } from '../args/glob-files.js'
import type { ProcessContext } from './process-context.js'

/** Reads the files of `--include-from` and `--exclude-from`; paths as typed. */
export function globFileReader(proc: Pick<ProcessContext, 'env' | 'cwd'>): ReadGlobFile {
  return (file) => globsIn(resolveUserPath(file, proc.env, proc.cwd))
}
