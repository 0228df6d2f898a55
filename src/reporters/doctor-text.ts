import { CHECKS, type Examination, type Finding, type Remnant, type Verdict } from '../doctor/report.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { count } from './text-format.js'

const SIGNS: Readonly<Record<Verdict, string>> = { yes: '✓', partly: '!', no: '✗', unknown: '?' }
const COLORS = { yes: 'good', partly: 'warning', no: 'bad', unknown: 'quiet' } as const satisfies Record<Verdict, keyof Palette>
const WIDTH = Math.max(...CHECKS.map((check) => check.length))

/** A row of the table, and below it what to do. */
export function findingLines({ check, verdict, detail, advice }: Finding, paint: Palette): string[] {
  const row = `${paint[COLORS[verdict]](SIGNS[verdict])} ${check.padEnd(WIDTH)}  ${printable(detail)}`
  return advice === undefined ? [row] : [row, `${' '.repeat(WIDTH + 4)}${paint.quiet(`→ ${printable(advice)}`)}`]
}

/** How many of each verdict: `31 yes, 5 partly, 4 no, 2 unknown`. What did not happen is left out. */
export function tallyLine(findings: readonly Finding[]): string {
  const verdicts = ['yes', 'partly', 'no', 'unknown'] as const
  const counted = verdicts.map((verdict) => ({ verdict, times: findings.filter((one) => one.verdict === verdict).length }))
  return counted.flatMap(({ verdict, times }) => (times === 0 ? [] : [`${count(times)} ${verdict}`])).join(', ')
}

/** Names shown of what stayed; programs get all. */
const SHOWN = 20

/** Whether everything that was created is removed. */
export function leftLines({ bucket, left }: Pick<Examination, 'bucket' | 'left'>, paint: Palette): string[] {
  if (left.length === 0) return bucket === null ? [] : [`${paint.good('✓')} All test objects were removed.`]
  const more = left.length - SHOWN
  return [
    `${paint.bad('✗')} Could not be removed:`,
    ...left.slice(0, SHOWN).map((one) => `  ${printable(remnantName(one))}`),
    ...(more > 0 ? [`  and ${count(more)} more`] : []),
    '  → Remove them by hand.',
  ]
}

function remnantName({ kind, bucket, key, id }: Remnant): string {
  const name = key === undefined ? bucket : `${bucket}/${key}`
  return `${kind} ${name}${id === undefined ? '' : ` (${kind === 'upload' ? 'upload' : 'version'} ${id})`}`
}

/** The object of `doctor --json` and `--json-file`. Grows its `schema` when a field changes its meaning. Keys and names are exact. */
export interface JsonExamination {
  readonly schema: 1
  readonly tool: string
  readonly version: string
  /** By name; `s3` is AWS with the default credentials. */
  readonly connection: string
  /** `http(s)://host[:port]` */
  readonly endpoint: string
  /** Where it was tried, one of its own being gone by now; null where none could be made. */
  readonly bucket: string | null
  readonly checks: readonly Finding[]
  readonly cleaned: boolean
  readonly left: readonly Remnant[]
  /** With exit code 3. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
}

export function jsonExamination(
  { findings, bucket, left }: Examination,
  about: Pick<JsonExamination, 'version' | 'connection' | 'endpoint' | 'error'>,
): JsonExamination {
  const { version, connection, endpoint, error } = about
  const head = { schema: 1, tool: 's3-sync', version, connection, endpoint, bucket } as const
  const checks = findings.map(({ check, verdict, detail, advice }) => ({
    check,
    verdict,
    detail,
    ...(advice !== undefined && { advice }),
  }))
  return { ...head, checks, cleaned: left.length === 0, left, ...(error !== undefined && { error }) }
}
