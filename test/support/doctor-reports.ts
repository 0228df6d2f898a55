import * as v from 'valibot'

/** The JSON that README.md documents for `doctor`, strictly. */
const Examination = v.strictObject({
  schema: v.literal(1),
  tool: v.literal('s3-sync'),
  version: v.pipe(v.string(), v.regex(/^\d+\.\d+\.\d+/)),
  connection: v.string(),
  endpoint: v.pipe(v.string(), v.url()),
  bucket: v.nullable(v.string()),
  checks: v.array(
    v.strictObject({
      check: v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
      verdict: v.picklist(['yes', 'partly', 'no', 'unknown']),
      detail: v.pipe(v.string(), v.minLength(1)),
      advice: v.optional(v.string()),
    }),
  ),
  cleaned: v.boolean(),
  left: v.array(
    v.strictObject({
      kind: v.picklist(['bucket', 'object', 'upload']),
      bucket: v.string(),
      key: v.optional(v.string()),
      id: v.optional(v.string()),
    }),
  ),
  error: v.optional(v.strictObject({ code: v.string(), message: v.string(), hint: v.string() })),
})
export type ParsedExamination = v.InferOutput<typeof Examination>

/** Parses the output of `doctor --json`: one line and nothing else. */
export function parseExamination(stdout: string): ParsedExamination {
  return v.parse(Examination, JSON.parse(stdout))
}

/** Verdicts by check. */
export function verdictsOf({ checks }: ParsedExamination): Record<string, string> {
  return Object.fromEntries(checks.map(({ check, verdict }) => [check, verdict]))
}
