import { renameSync } from 'node:fs'
import { dirname } from 'node:path'
import * as v from 'valibot'
import { makePrivateDirectory, readIfThere, writeAtomically } from '../state/files.js'
import { withLock } from '../state/lock.js'
import { ConfigurationError } from './configuration-error.js'
import type { Connection } from './connection.js'
import { readLegacy } from './legacy.js'
import { ConnectionRecord, fromRecord, Name, toRecord } from './record.js'
import { isOutOfDate, KeyHeader, type KeySource, newVault, openVault, type Vault } from './vault.js'

/** connections.json. A record that can't be understood is kept as it is: it may be a later version's. */
const File = v.object({ schema: v.literal(1), key: v.exactOptional(KeyHeader), connections: v.record(v.string(), v.unknown()) })
type File = v.InferOutput<typeof File>

const EMPTY: File = { schema: 1, connections: {} }

/** How long another process may keep the file, ms. */
const PATIENCE = 10_000

/** A saved connection without its secrets. */
export type OpenConnection = Omit<Connection, 'secretAccessKey' | 'sessionToken'>

/** What is kept of connections on disk, encrypted; safe for several processes at once. Paths are the caller's. */
export interface ConnectionFile {
  /** By name, without secrets: needs no key. */
  list(): Promise<readonly OpenConnection[]>
  /** Undefined when there is none of that name. Throws {@link ConfigurationError} when its secrets can't be unlocked. */
  get(name: string): Promise<Connection | undefined>
  /** Adds connections, replacing those of the same names: all or nothing. */
  save(connections: readonly Connection[]): Promise<void>
  /** Whether there was one of that name. */
  remove(name: string): Promise<boolean>
}

export interface ConnectionFileOptions {
  readonly path: string
  readonly keys: KeySource
  /** ms since the epoch */
  readonly now: () => number
  /** Told what a person should know about the file. */
  readonly onNotice: (message: string) => void
}

export function openConnectionFile({ path, keys, now, onNotice }: ConnectionFileOptions): ConnectionFile {
  const locked = <T>(work: () => T): Promise<T> => {
    makePrivateDirectory(dirname(path))
    return withLock(`${path}.lock`, PATIENCE, work)
  }

  /** What is on disk; an older file is upgraded in place, a damaged one set aside. Under the lock. */
  const read = (): File => {
    const text = readIfThere(path)
    if (text === undefined) return EMPTY
    const content = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
    const file = content.success ? v.safeParse(File, content.output) : undefined
    if (file?.success === true) return file.output
    const legacy = content.success ? readLegacy(content.output) : undefined
    if (legacy !== undefined) {
      const upgraded = withSaved(EMPTY, legacy)
      write(upgraded)
      onNotice(`The saved connections were in an older format; they are encrypted now (${legacy.length}).`)
      return upgraded
    }
    const aside = `${path}.damaged-${new Date(now()).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`
    renameSync(path, aside)
    onNotice(`The file of saved connections was damaged. It was set aside as ${aside}; add the connections again.`)
    return EMPTY
  }

  const write = (file: File): void => {
    writeAtomically(path, `${JSON.stringify(file, undefined, 2)}\n`)
  }

  const withSaved = (file: File, added: readonly Connection[]): File => {
    const { vault, file: ready } = vaultFor(file)
    const records = added.map((connection) => [connection.name, toRecord(connection, vault)] as const)
    return { schema: 1, key: vault.header, connections: { ...ready.connections, ...Object.fromEntries(records) } }
  }

  /** The vault to lock new secrets in, and the file with its older ones in the same. */
  const vaultFor = (file: File): { readonly vault: Vault; readonly file: File } => {
    if (file.key === undefined) return { vault: newVault(keys), file }
    const old = openVault(file.key, keys)
    if (!isOutOfDate(file.key, keys)) return { vault: old, file }
    const vault = newVault(keys)
    const moved = Object.entries(file.connections).map(([name, content]): [string, unknown] => {
      const connection = connectionOf(name, content, old)
      return [name, connection === undefined ? content : toRecord(connection, vault)]
    })
    return { vault, file: { ...file, connections: Object.fromEntries(moved) } }
  }

  return {
    async list() {
      const { connections } = await locked(read)
      return Object.entries(connections).flatMap(([name, content]) => {
        const record = recordOf(name, content)
        return record === undefined ? [] : withoutSecrets(name, record)
      })
    },

    async get(name) {
      const file = await locked(read)
      const content = file.connections[name]
      if (content === undefined) return undefined
      const record = recordOf(name, content)
      if (record !== undefined && !isSealed(record)) return withoutSecrets(name, record)
      const connection = file.key === undefined ? undefined : connectionOf(name, content, openVault(file.key, keys))
      if (connection !== undefined) return connection
      throw new ConfigurationError(`The saved connection "${name}" is damaged.`, `Add it again: s3-sync connections add ${name}`)
    },

    save: (connections) =>
      locked(() => {
        write(withSaved(read(), connections))
      }),

    remove: (name) =>
      locked(() => {
        const file = read()
        if (!Object.hasOwn(file.connections, name)) return false
        const { [name]: removed, ...connections } = file.connections
        write(Object.keys(connections).length === 0 ? EMPTY : { ...file, connections })
        return true
      }),
  }
}

function recordOf(name: string, content: unknown): ConnectionRecord | undefined {
  const parsed = v.safeParse(ConnectionRecord, content)
  return parsed.success && v.is(Name, name) ? parsed.output : undefined
}

function isSealed({ secretAccessKey, sessionToken }: ConnectionRecord): boolean {
  return secretAccessKey !== undefined || sessionToken !== undefined
}

function withoutSecrets(name: string, { secretAccessKey, sessionToken, ...open }: ConnectionRecord): OpenConnection {
  return { name, ...open }
}

function connectionOf(name: string, content: unknown, vault: Vault): Connection | undefined {
  const record = recordOf(name, content)
  return record === undefined ? undefined : fromRecord(name, record, vault)
}
