import { KEEP, type MetadataPolicy } from '../../pipeline/plan/metadata-policy.js'
import type { Problem } from './problem.js'
import { type ParseResult, textValue, type ValueType } from './values.js'

/** Canned ACLs (Amazon S3 user guide, "Canned ACL"). */
const CANNED = [
  ...['private', 'public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read'],
  ...['bucket-owner-read', 'bucket-owner-full-control'],
]

export const STORAGE_CLASSES: ValueType<MetadataPolicy['storageClass']> = {
  ...textValue('CLASS', 'STANDARD_IA'),
  parse: (typed) => classesOf(typed),
}
export const ENCRYPTION: ValueType<MetadataPolicy['encryption']> = {
  ...textValue('HOW', 'AES256'),
  parse: (typed) => encryptionOf(typed),
}
export const ACL: ValueType<MetadataPolicy['acl']> = { ...textValue('ACL', 'copy'), parse: (typed) => aclOf(typed) }

const CLASS = /^[A-Z][A-Z0-9_]*$/

/** `keep`, `CLASS` for all, or `FROM=TO,…`. */
function classesOf(typed: string): ParseResult<MetadataPolicy['storageClass']> {
  if (typed === 'keep') return { ok: KEEP.storageClass }
  const wrong = (word: string): Problem => ({
    what: `--storage-class ${typed}: "${word}" is no storage class.`,
    todo: 'Write keep, a class for all (STANDARD_IA), or FROM=TO,… (GLACIER=STANDARD,STANDARD_IA=ONEZONE_IA).',
  })
  if (!typed.includes('=')) return CLASS.test(typed) ? { ok: { '*': typed } } : wrong(typed)
  const classes: Record<string, string> = {}
  for (const word of typed.split(',')) {
    const [from = '', to = '', ...more] = word.split('=')
    if (!CLASS.test(from) || !CLASS.test(to) || more.length > 0) return wrong(word)
    if (classes[from] !== undefined)
      return { what: `--storage-class ${typed}: ${from} is named twice.`, todo: 'Name each class once.' }
    classes[from] = to
  }
  return { ok: classes }
}

/** `keep`, `bucket`, `AES256`, `aws:kms`, `aws:kms:KEY`, `aws:kms:dsse`, `aws:kms:dsse:KEY`. */
function encryptionOf(typed: string): ParseResult<MetadataPolicy['encryption']> {
  if (typed === 'keep') return { ok: 'keep' }
  if (typed === 'bucket') return { ok: 'target' }
  if (typed === 'AES256') return { ok: { algorithm: typed } }
  const found = /^(aws:kms:dsse|aws:kms)(?::(.+))?$/.exec(typed)
  if (found === null)
    return {
      what: `--sse ${typed}: unknown encryption.`,
      todo: 'Write keep, bucket, AES256, aws:kms, aws:kms:KEY-ID or aws:kms:dsse; for your own keys use --target-sse-key FILE.',
    }
  const [, algorithm, keyId] = found
  return { ok: { algorithm: algorithm === 'aws:kms' ? 'aws:kms' : 'aws:kms:dsse', ...(keyId === undefined ? {} : { keyId }) } }
}

/** `bucket`, `copy`, or a canned ACL. */
function aclOf(typed: string): ParseResult<MetadataPolicy['acl']> {
  if (typed === 'bucket') return { ok: 'target' }
  if (typed === 'copy') return { ok: 'copy' }
  if (CANNED.includes(typed)) return { ok: { canned: typed } }
  return { what: `--acl ${typed}: unknown ACL.`, todo: `Write bucket, copy, or one of ${CANNED.join(', ')}.` }
}
