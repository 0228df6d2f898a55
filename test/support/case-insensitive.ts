import { readdirSync, realpathSync } from 'node:fs'
import * as real from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'

/**
 * `node:fs/promises` of a file system that takes names for one that differ in case or in the form of their accents, and keeps them as they
 * were given first: as Windows, macOS and ext4's casefold directories do. Stands in for those, which no machine of CI has: real directories,
 * below the one for temporary files, in which each name of a path is looked up that way first. `beforeCall` may change what is there.
 */
export function caseInsensitive(
  beforeCall: (name: string, path: unknown) => void = () => undefined,
): Readonly<Record<string, unknown>> {
  const base = realpathSync(tmpdir())
  const seen = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith(base + sep) ? resolve(base, value) : value
  const names = [
    ...(['open', 'lstat', 'stat', 'readdir', 'mkdir', 'rm', 'rmdir', 'realpath', 'utimes'] as const),
    ...(['rename', 'copyFile'] as const),
  ]
  const calls = names.map((name) => {
    const call = (...values: unknown[]): unknown => {
      beforeCall(name, values[0])
      const called: unknown = Reflect.apply(real[name], undefined, values.map(seen))
      return called
    }
    return [name, call] as const
  })
  return { ...real, ...Object.fromEntries(calls) }
}

/** The path that is there by that name, as far as there is one. */
function resolve(base: string, path: string): string {
  let at = base
  for (const name of relative(base, path).split(sep)) {
    const names = namesIn(at)
    at = join(at, names.includes(name) ? name : (names.find((other) => folded(other) === folded(name)) ?? name))
  }
  return at
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function folded(name: string): string {
  return name.normalize('NFC').toLowerCase()
}
