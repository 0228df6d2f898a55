import type { ObjectAttributes, ObjectHead } from '../ports/objects.js'

/** Types without meaning: servers return one of them for objects that were written without a type. */
const NO_TYPE: ReadonlySet<string> = new Set(['application/octet-stream', 'binary/octet-stream'])

/** Whether two objects have the same headers and user metadata. */
export function sameAttributes(a: ObjectHead, b: ObjectHead): boolean {
  return flat(a.attributes) === flat(b.attributes)
}

function flat({ metadata, contentType = '', ...headers }: ObjectAttributes): string {
  const type = NO_TYPE.has(contentType) ? '' : contentType
  return JSON.stringify([type, Object.entries(headers).sort(), Object.entries(metadata).sort()])
}
