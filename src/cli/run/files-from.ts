import { accessSync, constants } from 'node:fs'
import { keysIn } from '../../io/files/key-list.js'
import { resolveUserPath, statePaths } from '../../io/files/paths.js'
import { fileSorter } from '../../io/spill/external-sort.js'
import { uniqueKeys } from '../../io/spill/unique-keys.js'
import { badInput } from './cli-error.js'
import type { ProcessContext } from './process-context.js'
import { PROGRAM } from '../../io/program-name.js'

/** The keys of `--files-from`, each once. @throws {CliError} if the file can't be read */
export function keysFromFile(file: string, proc: ProcessContext): AsyncIterable<readonly string[]> {
  return uniqueKeys(listed(file, proc), fileSorter(statePaths(proc.env, proc.home).temp))
}

function listed(file: string, proc: ProcessContext): AsyncIterable<readonly string[]> {
  if (file === '-') {
    if (!proc.stdin.isTTY) return keysIn(file, proc.stdin)
    throw badInput(
      '--files-from - reads the keys from standard input, and that is a terminal.',
      `Write e.g. cut -f1 list | ${PROGRAM} … --files-from -`,
    )
  }
  const path = resolveUserPath(file, proc.env, proc.cwd)
  try {
    accessSync(path, constants.R_OK)
  } catch {
    throw badInput(
      `--files-from ${file}: there is no such file, or it can't be read.`,
      'Give a file of keys, one a line, or - for standard input.',
    )
  }
  return keysIn(path, proc.stdin)
}
