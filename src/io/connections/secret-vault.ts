import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { dirname } from 'node:path'
import { linkSync, rmSync } from 'node:fs'
import * as v from 'valibot'
import { errorCode, makePrivateDirectory, readIfThere, writeAtomically } from '../files/atomic-files.js'
import { ConfigurationError } from './configuration-error.js'

const Base64 = v.pipe(v.string(), v.base64())

/** A secret at rest: AES-256-GCM, all three in base64. */
export const Sealed = v.object({ nonce: Base64, tag: Base64, text: Base64 })
export type Sealed = v.InferOutput<typeof Sealed>

/** What a file stores about the key that locks its secrets; `check` is a known text, sealed. */
export const KeyHeader = v.variant('kind', [
  v.object({ kind: v.literal('file'), check: Sealed }),
  v.object({ kind: v.literal('passphrase'), salt: Base64, check: Sealed }),
])
export type KeyHeader = v.InferOutput<typeof KeyHeader>

/** Where keys come from. */
export interface KeySource {
  readonly keyFile: string
  /** `S3_SYNC_PASSPHRASE`: takes precedence over the key file. */
  readonly passphrase: string | undefined
}

/** Locks and unlocks secrets with one key. `place` is bound to the secret: in another place it can't be unlocked. */
export interface Vault {
  readonly header: KeyHeader
  seal(place: string, secret: string): Sealed
  /** Undefined when the secret was changed, moved or locked with another key. */
  unseal(place: string, sealed: Sealed): string | undefined
}

const CHECK = 's3-sync'
/** RFC 7914 defines the parameters; these values cost about 60 ms and 32 MiB (OWASP, Password Storage Cheat Sheet). */
const SCRYPT = { N: 2 ** 15, r: 8, p: 1, maxmem: 64 * 2 ** 20 }

/** A vault for new secrets: with the passphrase if one is set, else with the key file, which is created if missing. */
export function newVault({ keyFile, passphrase }: KeySource): Vault {
  if (passphrase !== undefined) {
    const salt = randomBytes(16)
    return vault(scryptSync(passphrase, salt, 32, SCRYPT), (check) => ({
      kind: 'passphrase',
      salt: salt.toString('base64'),
      check,
    }))
  }
  return vault(readKey(keyFile) ?? makeKey(keyFile), (check) => ({ kind: 'file', check }))
}

/**
 * The vault that holds the secrets of a file.
 * @throws {ConfigurationError} when its key is missing
 */
export function openVault(header: KeyHeader, { keyFile, passphrase }: KeySource): Vault {
  const opened = vault(keyOf(header, keyFile, passphrase), () => header)
  if (opened.unseal('check', header.check) === CHECK) return opened
  throw header.kind === 'passphrase'
    ? new ConfigurationError(
        'S3_SYNC_PASSPHRASE is not the passphrase the saved secrets were locked with.',
        'Set the right one, or remove the connections and add them again.',
      )
    : new ConfigurationError(
        `The key in ${keyFile} is not the one the saved secrets were locked with.`,
        'Put the right key file back, or remove the connections and add them again.',
      )
}

/** Whether new secrets would be locked with another kind of key than the one in `header`. */
export function isOutOfDate(header: KeyHeader, { passphrase }: KeySource): boolean {
  return header.kind === 'file' && passphrase !== undefined
}

function keyOf(header: KeyHeader, keyFile: string, passphrase: string | undefined): Buffer {
  if (header.kind === 'passphrase') {
    if (passphrase !== undefined) return scryptSync(passphrase, Buffer.from(header.salt, 'base64'), 32, SCRYPT)
    throw new ConfigurationError('The saved secrets are locked with a passphrase.', 'Set S3_SYNC_PASSPHRASE to it.')
  }
  const key = readKey(keyFile)
  if (key !== undefined) return key
  throw new ConfigurationError(
    `The key to the saved secrets is missing: ${keyFile}`,
    'Put the key file back, or remove the connections and add them again.',
  )
}

function vault(key: Buffer, headerWith: (check: Sealed) => KeyHeader): Vault {
  const seal = (place: string, secret: string): Sealed => {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
    const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
    return { nonce: nonce.toString('base64'), tag: cipher.getAuthTag().toString('base64'), text: text.toString('base64') }
  }
  return {
    header: headerWith(seal('check', CHECK)),
    seal,
    unseal(place, { nonce, tag, text }) {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'), { authTagLength: 16 })
        decipher.setAAD(Buffer.from(place)).setAuthTag(Buffer.from(tag, 'base64'))
        return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}

function readKey(path: string): Buffer | undefined {
  const text = readIfThere(path)
  if (text === undefined) return undefined
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length === 32) return key
  throw new ConfigurationError(
    `The key file ${path} is damaged.`,
    'Put the key file back from a backup, or remove it and the connections, and add those again.',
  )
}

/** When two processes create the key at once, the second one uses the key of the first: creating a link is atomic. */
function makeKey(path: string): Buffer {
  makePrivateDirectory(dirname(path))
  const key = randomBytes(32)
  const mine = `${path}.${randomBytes(8).toString('hex')}.new`
  try {
    writeAtomically(mine, `${key.toString('base64')}\n`)
    linkSync(mine, path)
    return key
  } catch (error) {
    const theirs = errorCode(error) === 'EEXIST' ? readKey(path) : undefined
    if (theirs === undefined) throw error
    return theirs
  } finally {
    rmSync(mine, { force: true })
  }
}
