import * as v from 'valibot'

/** The first line of a journal: what a resume needs. It has no secrets: it names connections, and a resume looks them up again. */
export const Header = v.object({
  type: v.literal('journal'),
  schema: v.number(),
  tool: v.literal('s3-sync'),
  version: v.string(),
  run: v.string(),
  /** The command line of the run. */
  arguments: v.array(v.string()),
  /** The directory that relative paths in the arguments refer to. */
  directory: v.string(),
  /** The endpoints of source and target, e.g. `http://127.0.0.1:9000`: a connection of the same name may lead elsewhere now. */
  endpoints: v.object({ source: v.string(), target: v.string() }),
  /** Fingerprints of the customer-provided keys of source and target, if they have any. */
  customerKeys: v.exactOptional(v.object({ source: v.exactOptional(v.string()), target: v.exactOptional(v.string()) })),
})
export type Header = v.InferOutput<typeof Header>
