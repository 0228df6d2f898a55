import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { StoreError } from '../../../pipeline/ports/failure.js'
import type { Connection } from '../../connection.js'
import { errorCode } from '../../files/atomic-files.js'
import { ownFailure } from '../answers/failure-kinds.js'
import type { Trust } from './proxy.js'

type Env = Readonly<Record<string, string | undefined>>

/** Variables that name a file with authorities: of AWS's tools, and of OpenSSL. */
const VARIABLES = ['AWS_CA_BUNDLE', 'SSL_CERT_FILE'] as const

/**
 * The certificates that a connection trusts: the authorities that Node knows, and those of the connection and the environment.
 * @throws {StoreError} when a file that is named can't be used
 */
export function trustOf({ insecure, caFile }: Pick<Connection, 'insecure' | 'caFile'>, env: Env): Trust {
  if (insecure === true) return { secureContext: tls.createSecureContext(), rejectUnauthorized: false }
  const named = VARIABLES.flatMap((name) =>
    env[name] === undefined || env[name] === '' ? [] : [[env[name], ` (${name})`] as const],
  )
  const files = caFile === undefined ? named : [[caFile, ''] as const, ...named]
  if (files.length === 0) return { secureContext: tls.createSecureContext(), rejectUnauthorized: true }
  const ca = [...tls.rootCertificates, ...files.map(([file, from]) => authoritiesIn(file, from)), ...extraOfNode(env)]
  return { secureContext: tls.createSecureContext({ ca }), rejectUnauthorized: true }
}

function authoritiesIn(file: string, from: string): string {
  const content = read(file, from)
  const name = `the CA file ${file}${from}`
  // Node would ignore a file without certificates, and damaged ones.
  const certificates = content.match(CERTIFICATE) ?? []
  if (!certificates.every(isReadable)) throw unusable(`${name} contains a damaged certificate`)
  if (certificates.length > 0) return content
  // An ASN.1 sequence: a certificate in binary form.
  const isBinary = content.startsWith('0')
  if (!isBinary) throw unusable(`${name} contains no certificate in PEM format`)
  throw unusable(`${name} is in DER format, not PEM; convert it: openssl x509 -inform der -in FILE -out FILE.pem`)
}

const CERTIFICATE = /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----[^-]*-----END [A-Z0-9 ]*CERTIFICATE-----/g

function isReadable(certificate: string): boolean {
  try {
    return new X509Certificate(certificate).serialNumber !== ''
  } catch {
    return false
  }
}

function read(file: string, from: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (cause) {
    const code = errorCode(cause)
    throw unusable(`the CA file ${file}${from} ${WORDS[code] ?? `can't be read (${code})`}`, cause)
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by this user',
}

/** Naming authorities replaces those that Node adds, so they are added here. Node has already warned of a file that it can't read. */
function extraOfNode({ NODE_EXTRA_CA_CERTS: file = '' }: Env): string[] {
  try {
    return file === '' ? [] : [readFileSync(file, 'latin1')]
  } catch {
    return []
  }
}

function unusable(message: string, cause?: unknown): StoreError {
  return new StoreError(ownFailure('Connect', 'CaFileNotUsable', message), { cause })
}
