import { headerOf } from '../io/s3/answers/answer.js'
import type { Headers } from '../io/s3/http/sigv4.js'
import { head, put } from './raw-requests.js'
import type { Patient } from './subject.js'
import { attempt, inShort, judged, type Judgement, no, partly, unknown, yes } from './verdict.js'

export async function tags(p: Patient): Promise<Judgement> {
  await put(p, 'tags', 't', ['x-amz-tagging', 'a=b'])
  const kept = await p.store.metadata.tags({ bucket: p.bucket, key: `${p.root}tags`, signal: p.signal })
  return kept['a'] === 'b' ? yes('kept') : no('ignored')
}

/** Without those that take hours to read from. */
const CLASSES = ['STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'REDUCED_REDUNDANCY'] as const

export async function storageClasses(p: Patient): Promise<Judgement> {
  const kept: string[] = []
  let refused: string | undefined
  for (const name of CLASSES) {
    const told = await attempt(async () => {
      await put(p, 'class', 'c', ['x-amz-storage-class', name])
      return headerOf((await head(p, 'class')).headers, 'x-amz-storage-class')
    })
    if ('failure' in told) refused ??= inShort(told.failure)
    else if (told.ok === name) kept.push(name)
  }
  if (kept.length === 0) return no(refused ?? 'ignored')
  return (kept.length === CLASSES.length ? yes : partly)(kept.join(', '))
}

export async function encryption(p: Patient): Promise<Judgement> {
  await put(p, 'encryption', 'e', ['x-amz-server-side-encryption', 'AES256'])
  const kept = headerOf((await head(p, 'encryption')).headers, 'x-amz-server-side-encryption')
  return kept === 'AES256' ? yes('AES256') : no('AES256 is ignored')
}

export async function websiteRedirect(p: Patient): Promise<Judgement> {
  const given: Headers = ['x-amz-website-redirect-location', '/elsewhere']
  await put(p, 'redirect', 'r', given)
  const kept = headerOf((await head(p, 'redirect')).headers, 'x-amz-website-redirect-location')
  return kept === '/elsewhere' ? yes('kept') : no('ignored')
}

/** For as long as it takes to ask, one byte may be read by everyone. */
export async function acl(p: Patient): Promise<Judgement> {
  await put(p, 'acl', 'a', ['x-amz-acl', 'public-read'])
  const grants = await p.calls.grants({ bucket: p.bucket, key: `${p.root}acl`, signal: p.signal })
  const everyone = grants.some(({ permission, to }) => permission === 'READ' && to.endsWith('/AllUsers'))
  return everyone ? yes('public-read is kept') : no('public-read is ignored')
}

/** Answers that mean: the server could, and this bucket does not. */
const NOT_HERE = new Set([
  'ObjectLockConfigurationNotFoundError',
  'ObjectLockConfigurationNotFound',
  'NoSuchObjectLockConfiguration',
])

/** It is enabled when a bucket is created, and objects in it may not be deletable: so it is only read. */
export async function objectLock(p: Patient): Promise<Judgement> {
  const locked = await attempt(() => p.calls.objectLock({ bucket: p.bucket, signal: p.signal }))
  if ('failure' in locked && !NOT_HERE.has(locked.failure.code)) return judged(locked.failure)
  if ('ok' in locked && locked.ok === undefined) return no('ignored')
  if ('ok' in locked && locked.ok === true) return yes('on in this bucket')
  return p.ownBucket ? unknown('the server supports it; this bucket was created without') : no('off in this bucket')
}

/** In a bucket of its own it is switched on; another's is left as it is. The last of the checks, since it changes what deleting means. */
export async function versioning(p: Patient): Promise<Judgement> {
  const { bucket, signal } = p
  const status = await p.calls.versioning({ bucket, signal })
  if (!p.ownBucket)
    return status === 'Enabled'
      ? yes('on in this bucket')
      : status === 'Suspended'
        ? partly('suspended')
        : no('off in this bucket')
  await p.calls.enableVersioning({ bucket, signal })
  for (const text of ['first', 'second']) await put(p, 'versions', text)
  const kept = await p.calls.versions({ bucket, prefix: 'versions', signal })
  return kept.length === 2 ? yes('can be enabled') : no(`${kept.length} of two versions are listed`)
}
