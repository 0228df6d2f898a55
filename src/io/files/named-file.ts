import { closeSync, constants, openSync, realpathSync, statSync } from 'node:fs'
import { writeAll, writeAtomically } from './atomic-files.js'

/**
 * Replaces the content of a file that the user named. A regular file is replaced atomically and keeps its mode; links are followed; a new
 * file has the mode that the umask leaves; a device, pipe or terminal is written into.
 * @throws the operating system's error; `ENXIO`: nobody reads the pipe
 */
export function writeNamedFile(path: string, content: string): void {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) writeAtomically(path, content, 'by umask')
  else if (found.isFile()) writeAtomically(realpathSync(path), content, found.mode & 0o777)
  else writeInto(path, content)
}

/** To open a pipe that nobody reads would wait for ever, deaf to signals; without waiting, it fails. */
function writeInto(path: string, content: string): void {
  const { O_WRONLY, O_NONBLOCK } = constants
  const probe = openSync(path, O_WRONLY | O_NONBLOCK)
  try {
    const file = openSync(path, O_WRONLY)
    try {
      writeAll(file, content)
    } finally {
      closeSync(file)
    }
  } finally {
    closeSync(probe)
  }
}
