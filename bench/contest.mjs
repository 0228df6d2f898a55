// One row: every tool does the same work in turn, again and again, and every run is checked.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from './measure.mjs'
import { S3_SYNC, s3syncCall } from './tools.mjs'

/**
 * @typedef {import('./endpoints.mjs').Endpoint} Endpoint
 * @typedef {import('./measure.mjs').Usage} Usage
 * @typedef {import('./rows.mjs').Row} Row
 * @typedef {import('./tools.mjs').FoundTool} FoundTool
 *
 * @typedef {Usage & { requests?: Record<string, number>, fault?: string }} Run
 * @typedef {{ row: Row, name: string, runs: Run[] }} Line
 * @typedef {{ name: string, run: () => Promise<Run> }} Contestant
 */

const TARGET = 'bench-target'
const PARTS = 'bench-parts'

/**
 * @param {Contestant[]} contestants
 * @param {number} times
 * @param {(name: string, run: Run) => void} tell
 * @returns {Promise<Omit<Line, 'row'>[]>}
 */
export async function contest(contestants, times, tell) {
  const lines = contestants.map(({ name, run }) => ({ name, run, runs: [] }))
  for (let time = 0; time < times; time++) {
    for (const { name, run, runs } of rotated(lines, time)) {
      if (runs.some(({ fault }) => fault)) continue
      runs.push(await run())
      tell(name, runs.at(-1))
    }
  }
  return lines
}

const rotated = (list, by) => [...list.slice(by % list.length), ...list.slice(0, by % list.length)]

/**
 * @param {number} limit seconds for a run
 * @returns {Contestant[]}
 */
export function starters(limit) {
  const start = (name, ...args) => ({ name, run: async () => judged(await measure({ command: process.execPath, args }, limit)) })
  const judged = (usage) => (usage.code === 0 ? usage : { ...usage, fault: `exit ${usage.code}` })
  return [start('s3-sync', S3_SYNC, '--version'), start('node -e 0', '-e', '0')]
}

/**
 * The tools that can do the work of a row, with its source filled.
 * @param {Row} row
 * @param {FoundTool[]} tools
 * @param {Endpoint[]} endpoints
 * @param {number} limit seconds for a run
 * @returns {Promise<Contestant[]>}
 */
export async function copiers(row, tools, [from, other], limit) {
  const flat = `flat-${row.objects}-${row.size}`
  const bucket = row.kind === 'checksum' ? PARTS : flat
  const to = row.kind === 'same' ? from : other
  const target = row.kind === 'unchanged' ? bucket : TARGET
  const work = { ...row, from, to, bucket, target, home: '' }
  if (row.kind === 'checksum') await fillInParts(row, other, from, limit)
  else for (const { store } of row.kind === 'unchanged' ? [from, to] : [from]) await store.fill(flat, row.objects, row.size)
  const { digest } = await from.store.count(bucket)

  async function run(tool) {
    if (target !== bucket) await to.store.clear(target)
    const home = mkdtempSync(join(tmpdir(), 'bench-'))
    const before = await counted([from, to])
    const usage = await measure(tool.call({ ...work, home }), limit)
    const requests = difference(await counted([from, to]), before)
    rmSync(home, { recursive: true, force: true })
    const found = await to.store.count(target)
    // Its own claim, not that of the others, who cut objects into parts as they like.
    const proven = row.kind !== 'checksum' || tool.name !== 's3-sync' || found.digest === digest
    return { ...usage, requests, fault: proven ? fault(row, found, requests, usage) : 'other ETags arrived' }
  }
  return tools
    .filter((tool) => (row.only ?? [tool.name]).includes(tool.name) && tool.call(work) !== undefined)
    .map((tool) => ({ name: tool.name, run: () => run(tool) }))
}

/** Multipart objects, whose ETags can only be had by uploading them: out of the other endpoint, by this tool. */
async function fillInParts({ objects, size, workers }, other, from, limit) {
  const flat = `flat-${objects}-${size}`
  await other.store.fill(flat, objects, size)
  await from.store.clear(PARTS)
  const home = mkdtempSync(join(tmpdir(), 'bench-'))
  const call = s3syncCall({ from: other, to: from, bucket: flat, target: PARTS, workers, home }, S3_SYNC)
  const { code, lastWords } = await measure({ command: process.execPath, ...call }, limit)
  rmSync(home, { recursive: true, force: true })
  if (code !== 0) throw new Error(`${PARTS} could not be filled: ${lastWords}`)
}

/** What all endpoints were asked so far, by kind; undefined if one doesn't count. */
async function counted(endpoints) {
  const all = await Promise.all([...new Set(endpoints)].map(({ store }) => store.requests()))
  if (all.includes(undefined)) return undefined
  const kinds = [...new Set(all.flatMap(Object.keys))].filter((kind) => /^[A-Z0-9]+$/.test(kind))
  return Object.fromEntries(kinds.map((kind) => [kind, all.reduce((sum, counts) => sum + (counts[kind] ?? 0), 0)]))
}

const difference = (after, before) =>
  after && Object.fromEntries(Object.entries(after).map(([kind, times]) => [kind, times - (before[kind] ?? 0)]))

/** Why a run doesn't count, if it doesn't. The exit code alone is no reason where all arrived: some tools warn by it. */
function fault({ kind, objects, size }, found, requests, { code, lastWords }) {
  const exit = code === 0 ? '' : `exit ${code}: ${lastWords.trim().slice(0, 120)}`
  const because = exit && ` (${exit})`
  if (found.objects !== objects) return `${found.objects} of ${objects} arrived${because}`
  if (found.bytes !== objects * size) return `${found.bytes} of ${objects * size} bytes arrived${because}`
  const written = (requests?.PUT ?? 0) + (requests?.COPY ?? 0) + (requests?.CREATEMPU ?? 0)
  if (kind !== 'unchanged') return undefined
  return written > 0 ? `copied ${written} unchanged objects` : exit || undefined
}
