import * as v from 'valibot'

/** The first line of a journal: what is needed to resume the run. Nothing secret: connections are named, and looked up again. */
export const Header = v.object({
  type: v.literal('journal'),
  schema: v.number(),
  tool: v.literal('s3-sync'),
  version: v.string(),
  run: v.string(),
  /** The command line that asks for the run. */
  arguments: v.array(v.string()),
  /** What relative paths of it count from. */
  directory: v.string(),
  /** Where the two sides were, e.g. `http://127.0.0.1:9000`: a connection of the same name may lead elsewhere by now. */
  endpoints: v.object({ source: v.string(), target: v.string() }),
  /** By which the customer's keys of the sides are known again, where they have any. */
  customerKeys: v.exactOptional(v.object({ source: v.exactOptional(v.string()), target: v.exactOptional(v.string()) })),
})
export type Header = v.InferOutput<typeof Header>
