import * as v from 'valibot'
import {
  type Encryption,
  type Extras,
  type Grant,
  NO_PROPERTIES,
  type Properties,
  type Retention,
} from '../../../pipeline/ports/object-metadata.js'
import { type AnswerHeaders, headerOf } from '../answers/answer.js'
import { asUtf8Bytes, fromHeader } from '../http/header-encoding.js'
import { queryOf } from '../http/sigv4.js'

const CLASS = 'x-amz-storage-class'
const ENCRYPTION = 'x-amz-server-side-encryption'
const KEY_ID = 'x-amz-server-side-encryption-aws-kms-key-id'
const CUSTOMER = 'x-amz-server-side-encryption-customer-algorithm'
const REDIRECT = 'x-amz-website-redirect-location'
const MODE = 'x-amz-object-lock-mode'
const UNTIL = 'x-amz-object-lock-retain-until-date'
const LEGAL_HOLD = 'x-amz-object-lock-legal-hold'
const TOLD_BY = [CLASS, ENCRYPTION, CUSTOMER, REDIRECT, MODE, LEGAL_HOLD]

/** The unusual properties in an answer to GET or HEAD. Most objects have none, so for them no object is allocated. */
export function propertiesOf(headers: AnswerHeaders): Properties {
  if (isOrdinary(headers)) return NO_PROPERTIES
  const storageClass = headerOf(headers, CLASS)
  const encryption = encryptionOf(headers)
  const redirect = headerOf(headers, REDIRECT)
  const retention = retentionOf(headers)
  return {
    ...(storageClass === undefined || storageClass === 'STANDARD' ? {} : { storageClass }),
    ...(encryption && { encryption }),
    ...(redirect === undefined ? {} : { redirect: fromHeader(redirect) }),
    ...(retention && { retention }),
    ...(headerOf(headers, LEGAL_HOLD) === 'ON' ? { legalHold: true as const } : {}),
  }
}

function isOrdinary(headers: AnswerHeaders): boolean {
  for (const name of TOLD_BY) if (headers[name] !== undefined) return false
  return true
}

const Algorithm = v.picklist(['AES256', 'aws:kms', 'aws:kms:dsse'])

/** The encryption in an answer; undefined if the answer names none. */
export function encryptionOf(headers: AnswerHeaders): Encryption | undefined {
  if (headers[CUSTOMER] !== undefined) return { algorithm: 'customer' }
  const algorithm = headers[ENCRYPTION]
  if (algorithm === undefined) return undefined
  return v.is(Algorithm, algorithm) ? encryption(algorithm, headerOf(headers, KEY_ID)) : undefined
}

/** The encryption in a bucket's rule or in a field of an answer. */
export function encryption(algorithm: string | undefined, keyId: string | undefined): Encryption | undefined {
  return v.is(Algorithm, algorithm) ? { algorithm, ...(keyId === undefined ? {} : { keyId }) } : undefined
}

const Mode = v.picklist(['GOVERNANCE', 'COMPLIANCE'])

function retentionOf(headers: AnswerHeaders): Retention | undefined {
  const mode = headers[MODE]
  const until = Date.parse(headerOf(headers, UNTIL) ?? '')
  return v.is(Mode, mode) && !Number.isNaN(until) ? { mode, until } : undefined
}

const GRANTS: Readonly<Record<Grant['permission'], string>> = {
  READ: 'x-amz-grant-read',
  READ_ACP: 'x-amz-grant-read-acp',
  WRITE_ACP: 'x-amz-grant-write-acp',
  FULL_CONTROL: 'x-amz-grant-full-control',
}

/** The headers of a write that set an object's properties. */
export function extrasHeaders(extras: Extras | undefined): string[] {
  if (extras === undefined) return []
  const { storageClass, encryption: encrypted, redirect, retention, legalHold, tags, acl } = extras
  const headers: string[] = []
  if (storageClass !== undefined) headers.push(CLASS, storageClass)
  if (encrypted !== undefined && encrypted.algorithm !== 'customer') {
    headers.push(ENCRYPTION, encrypted.algorithm)
    if (encrypted.keyId !== undefined) headers.push(KEY_ID, encrypted.keyId)
  }
  if (redirect !== undefined) headers.push(REDIRECT, asUtf8Bytes(redirect))
  if (retention !== undefined) headers.push(MODE, retention.mode, UNTIL, new Date(retention.until).toISOString())
  if (legalHold === true) headers.push(LEGAL_HOLD, 'ON')
  if (tags !== undefined && Object.keys(tags).length > 0) headers.push('x-amz-tagging', queryOf(tags))
  if (acl !== undefined && 'canned' in acl) headers.push('x-amz-acl', acl.canned)
  if (acl !== undefined && 'grants' in acl) {
    for (const permission of Object.keys(GRANTS).filter((name) => v.is(Permission, name))) {
      const grantees = acl.grants.filter((grant) => grant.permission === permission).map(({ grantee }) => grantee)
      if (grantees.length > 0) headers.push(GRANTS[permission], grantees.join(', '))
    }
  }
  return headers
}

export const Permission = v.picklist(['READ', 'READ_ACP', 'WRITE_ACP', 'FULL_CONTROL'])
