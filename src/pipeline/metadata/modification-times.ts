import type { ObjectStore } from '../ports/object-store.js'
import type { ObjectHead } from '../ports/objects.js'
import { delegate } from '../ports/wrap-store.js'

/** The metadata name under which rclone stores the modification time: seconds since the epoch, with a fraction. */
export const MTIME = 'mtime'

/** Adds modification times to the metadata of source objects (`--keep-times`): the time in their metadata, else the listed one. */
export function tellingTimes(source: ObjectStore): ObjectStore {
  const same = delegate(source, (call) => call)
  return {
    ...same,
    head: async (request) => timed(await source.head(request)),
    get: async (request) => timed(await source.get(request)),
  }
}

function timed<H extends ObjectHead>(head: H): H {
  const { attributes, lastModified } = head
  if (attributes.metadata[MTIME] !== undefined || lastModified === 0) return head
  return {
    ...head,
    attributes: { ...attributes, metadata: { ...attributes.metadata, [MTIME]: (lastModified / 1_000).toFixed(3) } },
  }
}
