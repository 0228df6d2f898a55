import { headerOf } from '../io/s3/answers/answer.js'
import type { Headers } from '../io/s3/http/sigv4.js'
import { rawHead, rawPut } from './raw-requests.js'
import type { CheckContext } from './check-context.js'
import { outcomeOf, failureText, resultOf, type CheckResult, no, partly, unknown, yes } from './verdict.js'

export async function checkTags(context: CheckContext): Promise<CheckResult> {
  await rawPut(context, 'tags', 't', ['x-amz-tagging', 'a=b'])
  const kept = await context.store.metadata.tags({ bucket: context.bucket, key: `${context.root}tags`, signal: context.signal })
  return kept['a'] === 'b' ? yes('kept') : no('ignored')
}

/** Without the archive classes, which take hours to read from. */
const CLASSES = ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'REDUCED_REDUNDANCY'] as const

export async function checkStorageClasses(context: CheckContext): Promise<CheckResult> {
  const kept: string[] = []
  let refused: string | undefined
  for (const name of CLASSES) {
    const stored = await outcomeOf(async () => {
      await rawPut(context, 'class', 'c', ['x-amz-storage-class', name])
      return headerOf((await rawHead(context, 'class')).headers, 'x-amz-storage-class')
    })
    if ('failure' in stored) refused ??= failureText(stored.failure)
    else if (stored.ok === name) kept.push(name)
  }
  if (kept.length === 0) return no(refused ?? 'ignored')
  return (kept.length === CLASSES.length ? yes : partly)(kept.join(', '))
}

export async function checkEncryption(context: CheckContext): Promise<CheckResult> {
  await rawPut(context, 'encryption', 'e', ['x-amz-server-side-encryption', 'AES256'])
  const kept = headerOf((await rawHead(context, 'encryption')).headers, 'x-amz-server-side-encryption')
  return kept === 'AES256' ? yes('AES256') : no('AES256 is ignored')
}

export async function checkWebsiteRedirect(context: CheckContext): Promise<CheckResult> {
  const given: Headers = ['x-amz-website-redirect-location', '/elsewhere']
  await rawPut(context, 'redirect', 'r', given)
  const kept = headerOf((await rawHead(context, 'redirect')).headers, 'x-amz-website-redirect-location')
  return kept === '/elsewhere' ? yes('kept') : no('ignored')
}

/** During this check, everyone can read one test object of one byte. */
export async function checkAcl(context: CheckContext): Promise<CheckResult> {
  await rawPut(context, 'acl', 'a', ['x-amz-acl', 'public-read'])
  const grants = await context.calls.grants({ bucket: context.bucket, key: `${context.root}acl`, signal: context.signal })
  const everyone = grants.some(({ permission, to }) => permission === 'READ' && to.endsWith('/AllUsers'))
  return everyone ? yes('public-read is kept') : no('public-read is ignored')
}

/** Codes that mean: the server supports Object Lock, and it is off in this bucket. */
const OBJECT_LOCK_OFF = new Set([
  'ObjectLockConfigurationNotFoundError',
  'ObjectLockConfigurationNotFound',
  'NoSuchObjectLockConfiguration',
])

/** Reads the configuration only: with Object Lock enabled, the test objects could not be deleted. */
export async function checkObjectLock(context: CheckContext): Promise<CheckResult> {
  const locked = await outcomeOf(() => context.calls.objectLock({ bucket: context.bucket, signal: context.signal }))
  if ('failure' in locked && !OBJECT_LOCK_OFF.has(locked.failure.code)) return resultOf(locked.failure)
  if ('ok' in locked && locked.ok === undefined) return no('ignored')
  if ('ok' in locked && locked.ok === true) return yes('on in this bucket')
  return context.ownBucket ? unknown('the server supports it; this bucket was created without') : no('off in this bucket')
}

/** Enables versioning in the doctor's own bucket; only reads it in a named one. The last check, since it changes what deleting means. */
export async function checkVersioning(context: CheckContext): Promise<CheckResult> {
  const { bucket, signal } = context
  const status = await context.calls.versioning({ bucket, signal })
  if (!context.ownBucket)
    return status === 'Enabled'
      ? yes('on in this bucket')
      : status === 'Suspended'
        ? partly('suspended')
        : no('off in this bucket')
  await context.calls.enableVersioning({ bucket, signal })
  for (const text of ['first', 'second']) await rawPut(context, 'versions', text)
  const kept = await context.calls.versions({ bucket, prefix: 'versions', signal })
  return kept.length === 2 ? yes('can be enabled') : no(`${kept.length} of two versions are listed`)
}
