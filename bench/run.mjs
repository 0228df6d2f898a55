// node bench/run.mjs: this tool and its peers side by side; README.md tells how and why.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { contest, copiers, starters } from './contest.mjs'
import { bedBinary, endpoint, startBeds } from './endpoints.mjs'
import { report, withTable } from './report.mjs'
import { rowNames, rows } from './rows.mjs'
import { findTools, toolNames } from './tools.mjs'

const { values: options } = parseArgs({
  options: {
    endpoints: { type: 'string' },
    rows: { type: 'string', default: rowNames.join() },
    tools: { type: 'string', default: toolNames.join() },
    scale: { type: 'string', default: '1' },
    repeat: { type: 'string', default: '3' },
    limit: { type: 'string', default: '1800' },
    out: { type: 'string' },
    readme: { type: 'boolean', default: false },
  },
})
const chosen = rows(Number(options.scale)).filter(({ name }) => among(rowNames, options.rows).includes(name))
const tools = await findTools(among(toolNames, options.tools))
const limit = Number(options.limit)
const given = options.endpoints && (await Promise.all(options.endpoints.split(',').map(endpoint)))
const bed =
  given || chosen.every(({ kind }) => kind === 'version')
    ? undefined
    : await bedBinary(process.env.BENCH_BED ?? refuse('BENCH_BED must name bed, or --endpoints two others'))

const lines = []
for (const row of chosen) {
  if (given && row.bed) console.error(`${row.name}: left out, it needs beds of its own`)
  else lines.push(...(await linesOf(row)).map((line) => ({ row, ...line })))
}

const table = report(lines, tools, given ? options.endpoints.replaceAll(/\/\/[^/]*@/g, '//') : 'two endpoints of bed')
console.log(table)
if (options.out) writeFileSync(options.out, `${table}\n`)
if (options.readme) {
  const readme = join(import.meta.dirname, 'README.md')
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), table))
}

/** Each row gets fresh beds: none inherits the memory, or the faults, of another. */
async function linesOf(row) {
  const times = row.repeat ?? Number(options.repeat)
  const tell = (name, { wall, cpu, fault }) =>
    console.error(`${row.name}: ${name} ${fault ?? `${cpu.toFixed(2)} s CPU, ${wall.toFixed(2)} s`}`)
  if (row.kind === 'version') return contest(starters(limit), times, () => undefined)
  const { endpoints, stop } = given ? { endpoints: given, stop: () => undefined } : await startBeds(bed, row.bed)
  try {
    return await contest(await copiers(row, tools, endpoints, limit), times, tell)
  } finally {
    stop()
  }
}

function among(known, list) {
  const names = list.split(',')
  const wrong = names.find((name) => !known.includes(name))
  return wrong === undefined ? names : refuse(`${wrong} is none of ${known.join(', ')}`)
}

function refuse(why) {
  console.error(`bench: ${why}`)
  process.exit(2)
}
