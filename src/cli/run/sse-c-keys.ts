import { readFileSync } from 'node:fs'
import { CUSTOMER_KEY, type CustomerKey, customerKey } from '../../io/s3/calls/sse-c-key.js'
import { errorCode } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import type { RunOptions } from '../args/request.js'
import { badInput } from './cli-error.js'
import type { ProcessContext } from './process-context.js'

/** Paths of the files with SSE-C keys, as typed. */
export type CustomerKeyFiles = Pick<RunOptions, 'sourceKeyFile' | 'targetKeyFile'>

/** The SSE-C key of a side, from the file of its option or the environment. Never from the command line, which other users can read. */
export function customerKeyOf(
  side: 'source' | 'target',
  { sourceKeyFile, targetKeyFile }: CustomerKeyFiles,
  proc: ProcessContext,
): CustomerKey | undefined {
  const file = side === 'source' ? sourceKeyFile : targetKeyFile
  const variable = `S3_SYNC_${side.toUpperCase()}_SSE_KEY`
  const encoded = proc.env[variable] ?? ''
  if (file === undefined && encoded === '') return undefined
  const bytes = file === undefined ? Buffer.from(encoded) : read(`--${side}-sse-key`, file, proc)
  const key = bytes.length === CUSTOMER_KEY ? bytes : Buffer.from(bytes.toString('latin1').trim(), 'base64')
  if (key.length === CUSTOMER_KEY) return customerKey(key)
  throw badInput(
    `${file === undefined ? variable : `--${side}-sse-key ${file}`}: that is no key.`,
    `A key has ${CUSTOMER_KEY} bytes: as they are, or in base64. Make one with: openssl rand -base64 ${CUSTOMER_KEY}`,
  )
}

function read(option: string, file: string, proc: ProcessContext): Buffer {
  try {
    return readFileSync(resolveUserPath(file, proc.env, proc.cwd))
  } catch (error) {
    throw badInput(`${option}: ${file} can't be read (${errorCode(error)}).`, 'Name a file that holds the key.')
  }
}
