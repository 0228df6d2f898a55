import { readdirSync, realpathSync } from 'node:fs'
import * as real from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, sep } from 'node:path'

/**
 * `node:fs/promises` of a file system that treats names as equal when they differ only in case or in the form of their accents, and
 * preserves the first form, as Windows, macOS and ext4's casefold directories do. CI has no such file system, so this uses real directories
 * below the temporary one, and resolves each name of a path first. `beforeCall` may change the files.
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

/** The existing path that a name leads to, as far as it exists. */
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
