import { readIfThere } from '../files/atomic-files.js'
import { oldConnections, resolveUserPath, statePaths } from '../files/paths.js'
import { aboutFile, ConfigurationError } from './configuration-error.js'
import type { Connection } from '../connection.js'
import { environmentNames, fromEnvironment, sameName } from './environment.js'
import { readContent } from './content.js'
import { type ConnectionFile, leftOutNotice, openConnectionFile } from './file.js'
import { connectionOf, type OpenConnection } from './record.js'
import { type KeySource, openVault } from './secret-vault.js'

/** Where a connection is stored: only saved ones can be changed. */
export type Origin = 'environment' | 'saved' | 'old-file'

export interface Listed extends OpenConnection {
  readonly origin: Origin
}

/** All connections that have a name. Those of the environment override saved ones, which override those of the older tool. */
export interface ConnectionBook extends Pick<ConnectionFile, 'save' | 'remove'> {
  /** Sorted by name, without secrets. Malformed connections of the environment are omitted. */
  list(): Promise<readonly Listed[]>
  /** Throws {@link ConfigurationError} for a connection that exists but can't be used. */
  find(name: string): Promise<Connection | undefined>
  /**
   * Imports the connections of an older tool's file, or of another file of this tool that the same key unlocks. Returns the imported names.
   * Saved connections of the same name are not changed; a notice reports them.
   */
  importFile(path: string): Promise<readonly string[]>
}

export interface BookOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly cwd: string
  readonly now: () => number
  readonly onNotice: (message: string) => void
}

export function openConnectionBook({ env, home, cwd, now, onNotice }: BookOptions): ConnectionBook {
  const { connections: path, keyFile } = statePaths(env, home)
  const passphrase = env['S3_SYNC_PASSPHRASE'] === '' ? undefined : env['S3_SYNC_PASSPHRASE']
  const keys = { keyFile, passphrase }
  const file = openConnectionFile({ path, keys, now, onNotice })
  const old = (): readonly Connection[] => {
    const content = readContent(textOf(oldConnections(env, cwd)) ?? '')
    return content.kind === 'older' ? content.connections : []
  }
  const ofEnvironment = (name: string): Connection | undefined => {
    const found = fromEnvironment(name, env)
    return found?.caFile === undefined ? found : { ...found, caFile: resolveUserPath(found.caFile, env, cwd) }
  }
  return {
    save: (connections) => file.save(connections),
    remove: (name) => file.remove(name),

    async list() {
      const listed = new Map<string, Listed>()
      for (const { secretAccessKey, sessionToken, ...open } of old()) listed.set(open.name, { ...open, origin: 'old-file' })
      for (const open of await file.list()) listed.set(open.name, { ...open, origin: 'saved' })
      for (const name of environmentNames(env)) {
        const known = [...listed.keys()].find((other) => sameName(other, name)) ?? name
        const connection = quietly(() => ofEnvironment(known))
        if (connection === undefined) continue
        const { secretAccessKey, sessionToken, ...open } = connection
        listed.set(known, { ...open, origin: 'environment' })
      }
      return [...listed.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    },

    async find(name) {
      return ofEnvironment(name) ?? (await file.get(name)) ?? old().find((connection) => connection.name === name)
    },

    async importFile(typed) {
      const source = resolveUserPath(typed, env, cwd)
      const { connections, leftOut } = toImport(source, keys)
      const saved = new Set((await file.list()).map(({ name }) => name))
      const added = connections.filter(({ name }) => !saved.has(name))
      const kept = connections.flatMap(({ name }) => (saved.has(name) ? [name] : []))
      if (added.length > 0) await file.save(added)
      if (kept.length > 0) onNotice(`Saved already, and not changed: ${kept.join(', ')}.`)
      if (leftOut.length > 0) onNotice(leftOutNotice(leftOut))
      return added.map(({ name }) => name)
    },
  }
}

/** The connections in a file that the user names, in either of the two formats. */
function toImport(
  path: string,
  keys: KeySource,
): { readonly connections: readonly Connection[]; readonly leftOut: readonly string[] } {
  const text = textOf(path)
  if (text === undefined) throw new ConfigurationError(`${path} does not exist.`, IMPORTABLE)
  const content = readContent(text)
  if (content.kind === 'older') return content
  if (content.kind !== 'current')
    throw new ConfigurationError(`${path} holds no connections of this tool or the older one.`, IMPORTABLE)
  const { key, connections: records } = content.file
  const vault = key && openVault(key, keys)
  const names = Object.keys(records)
  const connections = names.flatMap((name) => (vault && connectionOf(name, records[name], vault)) ?? [])
  return { connections, leftOut: names.filter((name) => !connections.some((connection) => connection.name === name)) }
}

const IMPORTABLE = 'Name the connections.json that the older tool kept in its .s3-sync-temp.'

function textOf(path: string): string | undefined {
  try {
    return readIfThere(path)
  } catch (error) {
    throw aboutFile(path, error)
  }
}

/** Malformed connections are reported when they are used. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}
