import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { readIfThere } from '../state/files.js'
import { resolveUserPath, statePaths } from '../state/paths.js'
import { ConfigurationError } from './configuration-error.js'
import type { Connection } from './connection.js'
import { environmentNames, fromEnvironment, sameName } from './environment.js'
import { type ConnectionFile, type OpenConnection, openConnectionFile } from './file.js'
import { readLegacy } from './legacy.js'

/** Where a connection is kept: only saved ones can be changed. */
export type Origin = 'environment' | 'saved' | 'old-file'

export interface Listed extends OpenConnection {
  readonly origin: Origin
}

/** All connections that can be named, wherever they are kept. The environment's win over saved ones, those over the older tool's. */
export interface ConnectionBook extends Pick<ConnectionFile, 'save' | 'remove'> {
  /** By name, without secrets. A malformed one of the environment is left out. */
  list(): Promise<readonly Listed[]>
  /** Throws {@link ConfigurationError} for one that is there and can't be used. */
  find(name: string): Promise<Connection | undefined>
  /** Takes over the connections of an older tool's file; the names it took. */
  importFile(path: string): Promise<readonly string[]>
}

export interface BookOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly cwd: string
  readonly now: () => number
  readonly onNotice: (message: string) => void
}

/** What the older tool left in the directory where it was started (cli.md, Environment). */
const OLD_FILE = '.s3-sync-temp/connections.json'

export function openConnectionBook({ env, home, cwd, now, onNotice }: BookOptions): ConnectionBook {
  const { connections: path, keyFile } = statePaths(env, home)
  const passphrase = env['S3_SYNC_PASSPHRASE'] === '' ? undefined : env['S3_SYNC_PASSPHRASE']
  const file = openConnectionFile({ path, keys: { keyFile, passphrase }, now, onNotice })
  const old = (): readonly Connection[] => {
    const text = readIfThere(join(resolveUserPath('.', env, cwd), OLD_FILE))
    return text === undefined ? [] : (parse(text) ?? [])
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
        const connection = quietly(() => fromEnvironment(known, env))
        if (connection === undefined) continue
        const { secretAccessKey, sessionToken, ...open } = connection
        listed.set(known, { ...open, origin: 'environment' })
      }
      return [...listed.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    },

    async find(name) {
      return fromEnvironment(name, env) ?? (await file.get(name)) ?? old().find((connection) => connection.name === name)
    },

    async importFile(typed) {
      const source = resolveUserPath(typed, env, cwd)
      const connections = parse(readToImport(source))
      if (connections === undefined) throw new ConfigurationError(`${source} holds no connections of the older tool.`, IMPORTABLE)
      await file.save(connections)
      return connections.map(({ name }) => name)
    },
  }
}

const IMPORTABLE = 'Name the connections.json that the older tool kept in its .s3-sync-temp.'

function readToImport(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new ConfigurationError(`${path} can't be read.`, IMPORTABLE)
  }
}

function parse(text: string): readonly Connection[] | undefined {
  const content = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
  return content.success ? readLegacy(content.output) : undefined
}

/** What is malformed is told when it is used. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}
