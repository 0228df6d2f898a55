import { accessSync, constants } from 'node:fs'
import { keysIn } from '../../io/files/key-list.js'
import { resolveUserPath, statePaths } from '../../io/files/paths.js'
import { fileSorter } from '../../io/spill/external-sort.js'
import { uniqueKeys } from '../../io/spill/unique-keys.js'
import { badInput } from './cli-error.js'
import type { Surroundings } from './process-context.js'

/** The keys of `--files-from`, each once. @throws {Refusal} when there is no such file */
export function namedKeys(file: string, s: Surroundings): AsyncIterable<readonly string[]> {
  return uniqueKeys(listed(file, s), fileSorter(statePaths(s.env, s.home).temp))
}

function listed(file: string, s: Surroundings): AsyncIterable<readonly string[]> {
  if (file === '-') {
    if (!s.stdin.isTTY) return keysIn(file, s.stdin)
    throw badInput(
      '--files-from - reads the keys from standard input, and that is a terminal.',
      'Write e.g. cut -f1 list | s3-sync … --files-from -',
    )
  }
  const path = resolveUserPath(file, s.env, s.cwd)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw badInput(
      `--files-from ${file}: there is no such file, or it can't be read.`,
      'Give a file of keys, one a line, or - for standard input.',
    )
  }
  return keysIn(path, s.stdin)
}
