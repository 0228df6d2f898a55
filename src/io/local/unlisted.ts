import { isUtf8 } from 'node:buffer'
import type { Unlisted } from '../../pipeline/ports/objects.js'
import { localFailure, toLocalFailure } from './failures.js'
import { isMissing } from './paths.js'

const OPERATION = 'ReadDirectory'

/** Something that listings skip unless an option includes it. */
export function passedOver(code: keyof typeof PASSED_OVER, key: string, path: string): Unlisted {
  return { key, notice: { code, message: PASSED_OVER[code](path) } }
}

const PASSED_OVER = {
  SymlinksSkipped: (path: string) => `Symbolic links are skipped (--follow-links follows them), for instance ${path}`,
  SpecialFilesSkipped: (path: string) => `Special files (sockets, pipes, devices) are skipped, for instance ${path}`,
} as const

/** A file or directory that can't be opened by its name, or whose name is no possible key. */
export function badName(raw: Buffer): Unlisted {
  return failing(escaped(raw), 'NotUtf8', 'its name is not UTF-8')
}

/** A symbolic link to a directory that contains the link. */
export function loop(key: string): Unlisted {
  return failing(`${key}/`, 'LinkLoop', 'the symbolic link leads to a directory that it is in')
}

/**
 * An unreadable file, link or directory (`key/`).
 * @throws {StoreError} when the failure may be transient (too many open files), so not caused by the file
 */
export function unreadable(key: string, error: unknown): Unlisted {
  const { failure } = toLocalFailure(OPERATION, error)
  if (failure.kind !== 'permanent' && !isBroken(error)) throw toLocalFailure(OPERATION, error)
  return { key, failure: { ...failure, kind: 'permanent' } }
}

/** A symbolic link that can't be followed. */
export function unfollowed(key: string, error: unknown): Unlisted {
  if (isMissing(error)) return failing(key, 'DeadLink', 'the symbolic link leads nowhere')
  const unlisted = unreadable(key, error)
  const isLoop = 'failure' in unlisted && unlisted.failure.code === 'LeavesDirectory'
  return isLoop ? failing(key, 'LinkLoop', 'the symbolic link leads to itself') : unlisted
}

function failing(key: string, code: string, message: string): Unlisted {
  return { key, failure: localFailure(OPERATION, code, message).failure }
}

/** Whether the disk fails to read it. */
function isBroken(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EIO'
}

/** Decodes bytes as text, with `\xHH` for each invalid byte. */
function escaped(raw: Buffer): string {
  let text = ''
  for (let at = 0; at < raw.length;) {
    const length = [1, 2, 3, 4].find((count) => at + count <= raw.length && isUtf8(raw.subarray(at, at + count)))
    text += length === undefined ? `\\x${raw.subarray(at, at + 1).toString('hex')}` : raw.toString('utf8', at, at + length)
    at += length ?? 1
  }
  return text
}
