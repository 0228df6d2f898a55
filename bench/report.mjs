// The figures as a Markdown table, with the machine and the versions they belong to.
import { arch, cpus, release, totalmem, type } from 'node:os'
import prettyBytes from 'pretty-bytes'
import { median } from './measure.mjs'

/** @typedef {import('./contest.mjs').Line} Line */

const HEAD = ['work', 'tool', 'CPU', '×', 'time', '×', 'peak memory', 'requests per object', 'remarks']
const MARKS = ['<!-- table -->', '<!-- /table -->']
/** Requests as the table names them; the rest (buckets made, uploads begun and ended) count as other. */
const KINDS = { GET: ['GET'], PUT: ['PUT', 'UPLOADPART'], COPY: ['COPY', 'UPLOADPARTCOPY'], LIST: ['LIST'], HEAD: ['HEAD'] }

const figure = (value) => value.toLocaleString('en', { maximumSignificantDigits: 3 })
const seconds = (value) => (value < 1 ? `${figure(value * 1000)} ms` : `${figure(value)} s`)
const sum = (figures) => figures.reduce((total, value) => total + value, 0)

/**
 * @param {Line[]} lines
 * @param {{ name: string, version: string }[]} tools
 * @param {string} where what they were measured against
 */
export function report(lines, tools, where) {
  const machine = `${cpus().length} × ${cpus()[0].model.trim()}, ${prettyBytes(totalmem(), { binary: true })}, ${type()} ${release()} ${arch()}`
  const versions = [...tools, { name: 'node', version: process.version }].map(({ name, version }) => `${name} ${version}`)
  const rows = lines.map((line, index) => cells(line, lines[index - 1], lines))
  const table = [HEAD, HEAD.map((_, column) => ([2, 3, 4, 5, 6].includes(column) ? '---:' : '---')), ...rows]
  return [
    `${new Date().toISOString().slice(0, 10)}, ${where}, on ${machine}; ${versions.join(', ')}.`,
    '',
    ...table.map((row) => `| ${row.join(' | ')} |`),
  ].join('\n')
}

/** @param {string} readme @param {string} table */
export function withTable(readme, table) {
  const [begin, end] = MARKS.map((mark) => readme.indexOf(mark))
  if (begin < 0 || end < begin) throw new Error(`no ${MARKS.join(' … ')} to put the table in`)
  return `${readme.slice(0, begin + MARKS[0].length)}\n${table}\n${readme.slice(end)}`
}

/** @param {Line} line @param {Line | undefined} previous @param {Line[]} lines */
function cells(line, previous, lines) {
  const { row, name, runs } = line
  const title = previous?.row === row ? '' : titleOf(row)
  const faults = runs.flatMap(({ fault }) => fault ?? [])
  if (faults.length > 0) return [title, name, '**FAILED**', '', '', '', '', '', faults[0].replaceAll('|', '\\|')]
  const own = lines.find((other) => other.row === row && other.name === 's3-sync' && other.runs.every(({ fault }) => !fault))
  const middle = (of) => median(runs.map(of))
  const ratio = (of) => (own === undefined ? '–' : figure(middle(of) / median(own.runs.map(of))))
  const cpu = (run) => run.cpu
  const wall = (run) => run.wall
  return [
    title,
    name,
    perUnit(row, middle(cpu)),
    ratio(cpu),
    seconds(middle(wall)),
    ratio(wall),
    prettyBytes(
      middle((run) => run.rss),
      { binary: true, maximumFractionDigits: 0 },
    ),
    requestsOf(row, runs),
    remarks(runs),
  ]
}

function titleOf({ title, objects, size, workers, auto, kind }) {
  if (kind === 'version') return title
  const count = objects.toLocaleString('en').replaceAll(',', ' ')
  return `${title}: ${count} × ${prettyBytes(size, { binary: true })}, ${workers} workers${auto ? ' (s3-sync: auto)' : ''}`
}

function perUnit({ per, objects, size }, cpu) {
  if (per === 'run') return seconds(cpu)
  const units = per === 'MiB' ? (objects * size) / 2 ** 20 : objects
  return `${figure((cpu / units) * 1e6)} µs/${per}`
}

function requestsOf({ objects }, runs) {
  if (runs.some(({ requests }) => requests === undefined)) return '–'
  const asked = (kinds) => median(runs.map(({ requests }) => sum(kinds.map((kind) => requests[kind] ?? 0)))) / objects
  const named = Object.values(KINDS).flat()
  const rest = Object.keys(runs[0].requests).filter((kind) => !named.includes(kind) && kind !== '503')
  return Object.entries({ ...KINDS, other: rest })
    .map(([name, kinds]) => [name, asked(kinds)])
    .filter(([, times]) => times > 0)
    .map(([name, times]) => `${figure(times)} ${name}`)
    .join(', ')
}

function remarks(runs) {
  const codes = [...new Set(runs.map(({ code }) => code).filter((code) => code !== 0))].map(
    (code) => `exit ${code}, yet all arrived`,
  )
  const refused = median(runs.map(({ requests = {} }) => (requests['503'] ?? 0) / Math.max(1, sum(Object.values(requests)))))
  return [...codes, ...(refused > 0 ? [`${figure(refused * 100)} % of the requests answered 503`] : [])].join('; ')
}
