import type { Remnant } from './report.js'
import type { Outcome } from './verdict.js'
import type { Patient } from './subject.js'

/** Asks until there is an answer, or there have been enough attempts. */
export type Insist = <T>(ask: () => Promise<T>) => Promise<Outcome<T>>

/**
 * What is there now of all that was made, as far as anyone tells. `unlisted`: what the ledger knows as well, for servers that show one object
 * and hide another (MinIO: `a/b` behind `a`).
 */
export async function remnants(p: Patient, insist: Insist, signal: AbortSignal, unlisted: boolean): Promise<readonly Remnant[]> {
  const [uploads, versions, keys] = [await openUploads(p, insist, signal), await versionsOf(p, insist, signal), new Set<string>()]
  const listed = await insist(() => p.store.listPage({ bucket: p.bucket, prefix: p.root, signal }))
  for (const { key } of 'ok' in listed ? listed.ok.entries : []) keys.add(key)
  if (unlisted) for (const key of p.ledger.keys) keys.add(key)
  const versioned = new Set(versions.map(({ key }) => key))
  const objects = [...keys].filter((key) => key.startsWith(p.root) && !versioned.has(key))
  return [...uploads, ...versions, ...objects.map((key): Remnant => ({ kind: 'object', bucket: p.bucket, key }))]
}

async function openUploads(p: Patient, insist: Insist, signal: AbortSignal): Promise<readonly Remnant[]> {
  const { bucket, root: prefix, ledger } = p
  const listed = await insist(() => p.calls.uploads({ bucket, prefix, signal }))
  // Some list uploads by their whole key only (MinIO).
  const open = new Map(ledger.uploads)
  for (const upload of 'ok' in listed ? listed.ok : []) open.set(upload.uploadId, upload)
  return [...open.values()]
    .filter(({ key }) => key.startsWith(prefix))
    .map(({ key, uploadId }) => ({ kind: 'upload', bucket, key, id: uploadId }))
}

/** Versions by name, where there are any: deleting without one would only add a marker. Elsewhere some servers take no version's name. */
async function versionsOf(p: Patient, insist: Insist, signal: AbortSignal): Promise<readonly Remnant[]> {
  const { bucket, root: prefix } = p
  const listed = await insist(() => p.calls.versions({ bucket, prefix, signal }))
  const all = 'ok' in listed ? listed.ok.filter(({ key }) => key.startsWith(prefix)) : []
  if (!all.some(({ id }) => id !== 'null' && id !== '')) return []
  return all.map(({ key, id }) => ({ kind: 'object', bucket, key, id: id === '' ? 'null' : id }))
}
