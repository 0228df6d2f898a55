// Self time by function and layer, from .cpuprofile files and the source maps of the chunks they name.
import { readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * @typedef {{ functionName: string, url: string, lineNumber: number, columnNumber: number }} Frame
 * @typedef {{ name: string, place: string, layer: string, micros: number }} FunctionTime
 */

/** The first whose pattern fits the place of a function. */
const PLACES = [
  ['signing, hashing', /src\/.*sign|node:(internal\/)?crypto|@smithy\/signature|@aws-crypto/],
  ['undici', /node_modules\/undici\//],
  ['rxjs', /node_modules\/rxjs\//],
  ['our pipeline', /(^|\/)src\/pipeline\//],
  ['our io', /(^|\/)src\/io\//],
  ['node internals', /^node:/],
  ['native, program', /^$/],
]
const COLLECTOR = 'garbage collection'
const OTHER = 'other'
export const LAYERS = [COLLECTOR, ...PLACES.map(([layer]) => layer), OTHER]

/**
 * Of all threads that left a profile in the folder; the dearest function first.
 * @param {string} folder
 * @returns {FunctionTime[]}
 */
export function selfTimes(folder) {
  const locate = locator()
  /** @type {Map<string, FunctionTime>} */
  const functions = new Map()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.cpuprofile'))) {
    for (const { frame, caller, micros } of samplesOf(JSON.parse(readFileSync(join(folder, file), 'utf8')))) {
      if (frame.functionName === '(idle)') continue
      const place = locate(frame)
      const name = frame.functionName || '(anonymous)'
      const layer = layerOf(frame, place, caller === undefined ? '' : locate(caller))
      const id = [name, place, layer].join()
      const known = functions.get(id) ?? { name, place, layer, micros: 0 }
      functions.set(id, { ...known, micros: known.micros + micros })
    }
  }
  return [...functions.values()].sort((a, b) => b.micros - a.micros)
}

/** Each node of the tree of calls with the time that was spent in it alone. */
function samplesOf({ nodes, samples, timeDeltas }) {
  const micros = new Map()
  samples.forEach((id, index) => micros.set(id, (micros.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0)))
  const callers = new Map(nodes.flatMap(({ callFrame, children = [] }) => children.map((child) => [child, callFrame])))
  return nodes.map(({ id, callFrame }) => ({ frame: callFrame, caller: callers.get(id), micros: micros.get(id) ?? 0 }))
}

/** What C++ does for a hash belongs to the hash. */
function layerOf({ functionName }, place, callersPlace) {
  if (functionName === '(garbage collector)') return COLLECTOR
  const [hashing] = PLACES[0]
  if (place === '' && PLACES[0][1].test(callersPlace)) return hashing
  return PLACES.find(([, pattern]) => pattern.test(place))?.[0] ?? OTHER
}

/** Says in which source, and at which line of it, a function begins; '' for what is not JavaScript. */
function locator() {
  const maps = new Map()
  return ({ url, lineNumber, columnNumber }) => {
    if (!url.startsWith('file:')) return url
    if (!maps.has(url)) maps.set(url, mapOf(fileURLToPath(url)))
    const { originalSource, originalLine } = maps.get(url)?.findEntry(lineNumber, columnNumber) ?? {}
    return originalSource === undefined
      ? url
      : `${originalSource.replace(/^.*?(?=(src|node_modules)\/)/, '')}:${originalLine + 1}`
  }
}

function mapOf(file) {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
