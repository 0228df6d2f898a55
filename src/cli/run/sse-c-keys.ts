import { readFileSync } from 'node:fs'
import { CUSTOMER_KEY, type CustomerKey, customerKey } from '../../io/s3/calls/sse-c-key.js'
import { errorCode } from '../../io/files/atomic-files.js'
import { resolveUserPath } from '../../io/files/paths.js'
import type { RunOptions } from '../args/request.js'
import { badInput } from './cli-error.js'
import type { Surroundings } from './process-context.js'

/** Where the customer's keys are, as typed. */
export type KeyFiles = Pick<RunOptions, 'sourceKeyFile' | 'targetKeyFile'>

/** The customer's key of a side, from the file that was named or the environment: never from the command line, which others can read. */
export function customerKeyOf(
  side: 'source' | 'target',
  { sourceKeyFile, targetKeyFile }: KeyFiles,
  s: Surroundings,
): CustomerKey | undefined {
  const file = side === 'source' ? sourceKeyFile : targetKeyFile
  const variable = `S3_SYNC_${side.toUpperCase()}_SSE_KEY`
  const told = s.env[variable] ?? ''
  if (file === undefined && told === '') return undefined
  const bytes = file === undefined ? Buffer.from(told) : read(`--${side}-sse-key`, file, s)
  const key = bytes.length === CUSTOMER_KEY ? bytes : Buffer.from(bytes.toString('latin1').trim(), 'base64')
  if (key.length === CUSTOMER_KEY) return customerKey(key)
  throw badInput(
    `${file === undefined ? variable : `--${side}-sse-key ${file}`}: that is no key.`,
    `A key has ${CUSTOMER_KEY} bytes: as they are, or in base64. Make one with: openssl rand -base64 ${CUSTOMER_KEY}`,
  )
}

function read(option: string, file: string, s: Surroundings): Buffer {
  try {
    return readFileSync(resolveUserPath(file, s.env, s.cwd))
  } catch (error) {
    throw badInput(`${option}: ${file} can't be read (${errorCode(error)}).`, 'Name a file that holds the key.')
  }
}
