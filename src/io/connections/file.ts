import { chmodSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { makePrivateDirectory, PRIVATE_FILE, readIfThere, writeAtomically } from '../files/atomic-files.js'
import { LockTimeout, withLock } from '../files/lock.js'
import { aboutFile, ConfigurationError } from './configuration-error.js'
import type { Connection } from '../connection.js'
import { type ConnectionsContent, type File, readContent } from './content.js'
import { connectionOf, isSealed, type OpenConnection, readRecord, toRecord, withoutSecrets } from './record.js'
import { isOutOfDate, type KeySource, newVault, openVault, type Vault } from './secret-vault.js'
import { PROGRAM } from '../program-name.js'

const EMPTY: File = { schema: 1, connections: {} }

/** How long to wait for another process that has locked the file, ms. */
const PATIENCE = 10_000

/** The connections on disk, encrypted. Several processes can use the file at once. The caller chooses the paths. */
export interface ConnectionFile {
  /** Without secrets, so it needs no key. */
  list(): Promise<readonly OpenConnection[]>
  /** Undefined when no connection has the name. Throws {@link ConfigurationError} when its secrets can't be unlocked. */
  get(name: string): Promise<Connection | undefined>
  /** Adds connections and replaces those of the same names: all or none. */
  save(connections: readonly Connection[]): Promise<void>
  /** Returns whether a connection of that name existed. */
  remove(name: string): Promise<boolean>
}

export interface ConnectionFileOptions {
  readonly path: string
  readonly keys: KeySource
  /** ms since the epoch */
  readonly now: () => number
  /** Receives messages about the file for the user. */
  readonly onNotice: (message: string) => void
}

export function openConnectionFile({ path, keys, now, onNotice }: ConnectionFileOptions): ConnectionFile {
  const told = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      throw error instanceof LockTimeout ? tooBusy(error) : aboutFile(path, error)
    }
  }

  const locked = <T>(work: () => T): Promise<T> =>
    told(() => {
      makePrivateDirectory(dirname(path))
      return withLock(`${path}.lock`, PATIENCE, work)
    })

  /** Files are replaced as a whole, so reading needs no lock unless the file needs repair. */
  const look = async (): Promise<File> => {
    const content = await told(contentThere)
    return content.kind === 'current' ? content.file : locked(read)
  }

  const contentThere = (): ConnectionsContent => {
    const text = readIfThere(path)
    return text === undefined ? { kind: 'current', file: EMPTY } : readContent(text)
  }

  /** Reads the file, upgrades an older one in place and sets a damaged one aside. The caller holds the lock. */
  const read = (): File => {
    const content = contentThere()
    switch (content.kind) {
      case 'current':
        return content.file
      case 'newer':
        throw newer(path)
      case 'older': {
        const upgraded = withSaved(EMPTY, content.connections)
        write(upgraded)
        onNotice(`The saved connections were in an older format; they are encrypted now (${content.connections.length}).`)
        if (content.leftOut.length > 0) onNotice(leftOutNotice(content.leftOut))
        return upgraded
      }
      case 'damaged': {
        const aside = `${path}.damaged-${new Date(now()).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}`
        chmodSync(path, PRIVATE_FILE)
        renameSync(path, aside)
        onNotice(`The file of saved connections was damaged. It was set aside as ${aside}; add the connections again.`)
        return EMPTY
      }
    }
  }

  const write = (file: File): void => {
    writeAtomically(path, `${JSON.stringify(file, undefined, 2)}\n`)
  }

  const withSaved = (file: File, added: readonly Connection[]): File => {
    const { vault, file: ready } = vaultFor(file)
    const records = added.map((connection) => [connection.name, toRecord(connection, vault)] as const)
    return { schema: 1, key: vault.header, connections: { ...ready.connections, ...Object.fromEntries(records) } }
  }

  /** The vault for new secrets, and the file with its older secrets moved into that vault. */
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
      const { connections } = await look()
      return Object.entries(connections).flatMap(([name, content]) => {
        const record = readRecord(name, content)
        return record === undefined ? [] : withoutSecrets(name, record)
      })
    },

    async get(name) {
      const file = await look()
      if (!Object.hasOwn(file.connections, name)) return undefined
      const content = file.connections[name]
      const record = readRecord(name, content)
      if (record !== undefined && !isSealed(record)) return withoutSecrets(name, record)
      const connection = await told(() => file.key && connectionOf(name, content, openVault(file.key, keys)))
      if (connection !== undefined) return connection
      throw new ConfigurationError(
        `The saved connection "${name}" is damaged.`,
        `Add it again: ${PROGRAM} connections add ${name}`,
      )
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

function tooBusy({ path, by }: LockTimeout): ConfigurationError {
  return new ConfigurationError(
    `Another program keeps the saved connections to itself (${by}).`,
    `Try again; if nothing is running any more, remove ${path}`,
  )
}

function newer(path: string): ConfigurationError {
  return new ConfigurationError(
    `${path} was written by a newer version of this tool.`,
    'Update this one, or set OPSKIT_TOOL_TEMP_DIR to another directory.',
  )
}

/** The user chose these names, and they are printed on a terminal. */
export function leftOutNotice(names: readonly string[]): string {
  const shown = names.map((name) => `"${name.replaceAll(/\p{C}/gu, '?')}"`).join(', ')
  return `Left out, because a key or a valid endpoint is missing: ${shown}. Add them again.`
}
