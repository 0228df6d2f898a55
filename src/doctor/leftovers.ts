import { NOT_IN_XML } from '../io/s3/quirks.js'
import type { Leftover } from './report.js'
import type { Outcome } from './verdict.js'
import type { CheckContext } from './check-context.js'

/** Repeats a request until it is answered or the attempts are used up. */
export type Retry = <T>(ask: () => Promise<T>) => Promise<Outcome<T>>

/**
 * What still exists of everything that was created, as far as listings show it. `unlisted`: also returns the keys of the request log, for
 * servers whose listings show one object and hide another (MinIO: `a/b` behind `a`).
 */
export async function findLeftovers(
  context: CheckContext,
  retry: Retry,
  signal: AbortSignal,
  unlisted: boolean,
): Promise<readonly Leftover[]> {
  const [uploads, versions, keys] = [
    await leftoverUploads(context, retry, signal),
    await leftoverVersions(context, retry, signal),
    new Set<string>(),
  ]
  const listed = await retry(() => context.store.listPage({ bucket: context.bucket, prefix: context.root, signal }))
  for (const { key } of 'ok' in listed ? listed.ok.entries : []) keys.add(key)
  if (unlisted) for (const key of context.requestLog.writtenKeys) keys.add(key)
  const versioned = new Set(versions.map(({ key }) => key))
  const objects = [...keys].filter((key) => key.startsWith(context.root) && !versioned.has(key))
  return [...uploads, ...versions, ...objects.map((key): Leftover => ({ kind: 'object', bucket: context.bucket, key }))]
}

async function leftoverUploads(context: CheckContext, retry: Retry, signal: AbortSignal): Promise<readonly Leftover[]> {
  const { bucket, root: prefix, requestLog } = context
  const listed = await retry(() => context.calls.uploads({ bucket, prefix, signal }))
  // Some servers list uploads by their whole key only (MinIO).
  const open = new Map(requestLog.openUploads)
  for (const upload of 'ok' in listed ? listed.ok : []) open.set(upload.uploadId, upload)
  return [...open.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, uploadId }) => ({ kind: 'upload', bucket, key, id: uploadId }))
}

/** Versions with their ids, if there are any: deleting without an id would only add a delete marker. Some servers without versions refuse an id. */
async function leftoverVersions(context: CheckContext, retry: Retry, signal: AbortSignal): Promise<readonly Leftover[]> {
  const { bucket, root: prefix, requestLog } = context
  const listed = await retry(() => context.calls.versions({ bucket, prefix, signal }))
  const all = 'ok' in listed ? listed.ok.filter(({ key }) => key.startsWith(prefix)) : []
  if (!all.some(({ id }) => id !== 'null' && id !== '')) return []
  return all.map(({ key, id }) => ({
    ...{ kind: 'object', bucket, key: asWritten(key, requestLog.writtenKeys), id: id === '' ? 'null' : id },
  }))
}

/** The key of a listed object. SeaweedFS lists versions with U+FFFD for each character that XML does not allow (measured). */
export function asWritten(listed: string, written: ReadonlySet<string>): string {
  if (written.has(listed)) return listed
  return [...written].find((key) => key.replace(EACH_NOT_IN_XML, '\ufffd') === listed) ?? listed
}

const EACH_NOT_IN_XML = new RegExp(NOT_IN_XML, 'gu')
