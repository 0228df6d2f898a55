import { CHECKS, type DoctorReport, type Finding, type Leftover, type CheckVerdict } from '../doctor/report.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { formatCount } from './text-format.js'

const SIGNS: Readonly<Record<CheckVerdict, string>> = { yes: '✓', partly: '!', no: '✗', unknown: '?' }
const COLORS = { yes: 'good', partly: 'warning', no: 'bad', unknown: 'quiet' } as const satisfies Record<
  CheckVerdict,
  keyof Palette
>
const WIDTH = Math.max(...CHECKS.map((check) => check.length))

/** A row of the table, then a line with the advice. */
export function findingLines({ check, verdict, detail, advice }: Finding, paint: Palette): string[] {
  const row = `${paint[COLORS[verdict]](SIGNS[verdict])} ${check.padEnd(WIDTH)}  ${printable(detail)}`
  return advice === undefined ? [row] : [row, `${' '.repeat(WIDTH + 4)}${paint.quiet(`→ ${printable(advice)}`)}`]
}

/** How many of each verdict: `31 yes, 5 partly, 4 no, 2 unknown`. Verdicts that did not occur are left out. */
export function verdictCountsLine(findings: readonly Finding[]): string {
  const verdicts = ['yes', 'partly', 'no', 'unknown'] as const
  const counted = verdicts.map((verdict) => ({ verdict, times: findings.filter((one) => one.verdict === verdict).length }))
  return counted.flatMap(({ verdict, times }) => (times === 0 ? [] : [`${formatCount(times)} ${verdict}`])).join(', ')
}

/** So many leftovers are named; programs get all. */
const SHOWN = 20

/** Whether everything that was created was removed, and the names of what was not. */
export function leftoverLines({ bucket, leftovers }: Pick<DoctorReport, 'bucket' | 'leftovers'>, paint: Palette): string[] {
  if (leftovers.length === 0) return bucket === null ? [] : [`${paint.good('✓')} All test objects were removed.`]
  const more = leftovers.length - SHOWN
  return [
    `${paint.bad('✗')} Could not be removed:`,
    ...leftovers.slice(0, SHOWN).map((leftover) => `  ${printable(leftoverName(leftover))}`),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    '  → Remove them by hand.',
  ]
}

function leftoverName({ kind, bucket, key, id }: Leftover): string {
  const name = key === undefined ? bucket : `${bucket}/${key}`
  return `${kind} ${name}${id === undefined ? '' : ` (${kind === 'upload' ? 'upload' : 'version'} ${id})`}`
}

/** The object of `doctor --json` and `--json-file`. `schema` increases when a field changes its meaning. Keys and names are not escaped. */
export interface JsonDoctorReport {
  readonly schema: 1
  readonly tool: string
  readonly version: string
  /** By name; `s3` is AWS with the default credentials. */
  readonly connection: string
  /** `http(s)://host[:port]` */
  readonly endpoint: string
  /** The bucket of the checks (the doctor's own is removed by now); null if none could be created. */
  readonly bucket: string | null
  readonly checks: readonly Finding[]
  readonly cleaned: boolean
  readonly left: readonly Leftover[]
  /** With exit code 3. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string }
}

export function jsonDoctorReport(
  { findings, bucket, leftovers }: DoctorReport,
  about: Pick<JsonDoctorReport, 'version' | 'connection' | 'endpoint' | 'error'>,
): JsonDoctorReport {
  const { version, connection, endpoint, error } = about
  const head = { schema: 1, tool: 's3-sync', version, connection, endpoint, bucket } as const
  const checks = findings.map(({ check, verdict, detail, advice }) => ({
    check,
    verdict,
    detail,
    ...(advice !== undefined && { advice }),
  }))
  return { ...head, checks, cleaned: leftovers.length === 0, left: leftovers, ...(error !== undefined && { error }) }
}
