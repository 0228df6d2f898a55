import * as v from 'valibot'
import { type Legacy, readLegacy } from './legacy.js'
import { KeyHeader } from './secret-vault.js'

/** connections.json. An unreadable record is not changed: a later version may have written it. */
const File = v.object({ schema: v.literal(1), key: v.exactOptional(KeyHeader), connections: v.record(v.string(), v.unknown()) })
export type File = v.InferOutput<typeof File>

const Newer = v.object({ schema: v.pipe(v.number(), v.gtValue(1)) })

/** The result of reading the text of a connections.json. */
export type ConnectionsContent =
  | { readonly kind: 'current'; readonly file: File }
  | ({ readonly kind: 'older' } & Legacy)
  | { readonly kind: 'newer' }
  | { readonly kind: 'damaged' }

export function readContent(text: string): ConnectionsContent {
  const json = v.safeParse(v.pipe(v.string(), v.parseJson()), text)
  if (!json.success) return { kind: 'damaged' }
  const file = v.safeParse(File, json.output)
  if (file.success) return { kind: 'current', file: file.output }
  if (v.is(Newer, json.output)) return { kind: 'newer' }
  const legacy = readLegacy(json.output)
  return legacy === undefined ? { kind: 'damaged' } : { kind: 'older', ...legacy }
}
