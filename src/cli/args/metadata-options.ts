import { KEEP, type MetadataPolicy } from '../../pipeline/plan/metadata-policy.js'
import type { Problem, Tokens } from './tokenize.js'

/** ACLs in one word (Amazon S3 user guide, "Canned ACL"). */
const CANNED = [
  ...['private', 'public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read'],
  ...['bucket-owner-read', 'bucket-owner-full-control'],
]

/** What of an object is to arrive beside its bytes, as the options have it. */
export function keepingOf({ given, values }: Tokens): MetadataPolicy | Problem {
  const storageClass = classesOf(values.get('storage-class'))
  if ('what' in storageClass) return storageClass
  const encryption = encryptionOf(values.get('sse'))
  if (typeof encryption === 'object' && 'what' in encryption) return encryption
  const acl = aclOf(values.get('acl'))
  if (typeof acl === 'object' && 'what' in acl) return acl
  return {
    ...{ tags: values.get('tags') !== 'off', locks: values.get('locks') !== 'off', strict: given.has('strict') },
    ...{ storageClass: storageClass.classes, encryption, acl },
  }
}

const CLASS = /^[A-Z][A-Z0-9_]*$/

/** `keep`, `CLASS` for all, or `FROM=TO,…`. */
function classesOf(typed: string | undefined): { readonly classes: MetadataPolicy['storageClass'] } | Problem {
  if (typed === undefined || typed === 'keep') return { classes: KEEP.storageClass }
  const wrong = (word: string): Problem => ({
    what: `--storage-class ${typed}: "${word}" is no storage class.`,
    todo: 'Write keep, a class for all (STANDARD_IA), or FROM=TO,… (GLACIER=STANDARD,STANDARD_IA=ONEZONE_IA).',
  })
  if (!typed.includes('=')) return CLASS.test(typed) ? { classes: { '*': typed } } : wrong(typed)
  const classes: Record<string, string> = {}
  for (const word of typed.split(',')) {
    const [from = '', to = '', ...more] = word.split('=')
    if (!CLASS.test(from) || !CLASS.test(to) || more.length > 0) return wrong(word)
    if (classes[from] !== undefined)
      return { what: `--storage-class ${typed}: ${from} is named twice.`, todo: 'Name each class once.' }
    classes[from] = to
  }
  return { classes }
}

/** `keep`, `bucket`, `AES256`, `aws:kms`, `aws:kms:KEY`, `aws:kms:dsse`, `aws:kms:dsse:KEY`. */
function encryptionOf(typed: string | undefined): MetadataPolicy['encryption'] | Problem {
  if (typed === undefined || typed === 'keep') return 'keep'
  if (typed === 'bucket') return 'target'
  if (typed === 'AES256') return { algorithm: typed }
  const found = /^(aws:kms:dsse|aws:kms)(?::(.+))?$/.exec(typed)
  if (found === null)
    return {
      what: `--sse ${typed}: that is no way of encrypting.`,
      todo: 'Write keep, bucket, AES256, aws:kms, aws:kms:KEY-ID or aws:kms:dsse; keys of your own: --target-sse-key FILE.',
    }
  const [, algorithm, keyId] = found
  return { algorithm: algorithm === 'aws:kms' ? 'aws:kms' : 'aws:kms:dsse', ...(keyId === undefined ? {} : { keyId }) }
}

/** `bucket`, `copy`, or a canned one. */
function aclOf(typed: string | undefined): MetadataPolicy['acl'] | Problem {
  if (typed === undefined || typed === 'bucket') return 'target'
  if (typed === 'copy') return 'copy'
  if (CANNED.includes(typed)) return { canned: typed }
  return { what: `--acl ${typed}: there is no such ACL.`, todo: `Write bucket, copy, or one of ${CANNED.join(', ')}.` }
}
