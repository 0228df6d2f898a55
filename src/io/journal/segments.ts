import { randomBytes } from 'node:crypto'
import {
  createReadStream,
  createWriteStream,
  existsSync,
  fsyncSync,
  openSync,
  closeSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline as pipe } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { errorCode, PRIVATE_FILE } from '../files/atomic-files.js'

/**
 * A journal is a series of segments in one directory: `events.ndjson`, `events-2.ndjson`, and so on. Each grows until the next one begins
 * and is never rewritten. Each but the first begins with a snapshot of everything before it. A complete segment gets compressed
 * (`events-2.ndjson.gz`).
 */
export interface Segment {
  readonly path: string
  readonly number: number
}

const END = '.ndjson'
const REST = /^(?:-(\d+))?\.ndjson(\.gz)?$/

/** The segments of a journal in order. If a crash left a segment both plain and compressed, the plain one is used. */
export function segmentsOf(journal: string): readonly Segment[] {
  const directory = dirname(journal)
  const stem = basename(journal, END)
  const found = new Map<number, string>()
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const [matched, number = '1', compressed] = (name.startsWith(stem) ? REST.exec(name.slice(stem.length)) : null) ?? []
    if (matched === undefined || (compressed !== undefined && found.has(Number(number)))) continue
    found.set(Number(number), join(directory, name))
  }
  return [...found].map(([number, path]) => ({ number, path })).sort((a, b) => a.number - b.number)
}

/** The path of a segment while it is being written. */
export function segmentPath(journal: string, number: number): string {
  return number === 1 ? journal : join(dirname(journal), `${basename(journal, END)}-${number}${END}`)
}

/** Reads a segment as text. */
export async function* textOf({ path }: Segment): AsyncGenerator<string> {
  const { fd, isCompressed } = opened(path)
  if (!isCompressed) {
    yield* createReadStream('', { fd, encoding: 'utf8' })
    return
  }
  const unpacked = createGunzip()
  unpacked.setEncoding('utf8')
  // The reader gets the errors of both streams.
  pipe(createReadStream('', { fd }), unpacked, () => undefined)
  for await (const chunk of unpacked) yield String(chunk)
}

/** The run may compress a segment while others read it: an open file stays readable, and a removed one has its compressed form. */
function opened(path: string): { readonly fd: number; readonly isCompressed: boolean } {
  try {
    return { fd: openSync(path, 'r'), isCompressed: path.endsWith('.gz') }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || path.endsWith('.gz')) throw error
    return { fd: openSync(`${path}.gz`, 'r'), isCompressed: true }
  }
}

/**
 * Compresses the segments before the last one, off the main thread. Each stays readable if this process dies: the compressed file gets its
 * name when it is complete on disk, and only then the plain one is deleted. A failure leaves the plain one.
 */
export async function compressComplete(journal: string): Promise<void> {
  const complete = segmentsOf(journal)
    .slice(0, -1)
    .filter(({ path }) => !path.endsWith('.gz'))
  for (const { path } of complete) {
    const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`)
    try {
      await pipeline(createReadStream(path), createGzip({ level: 1 }), createWriteStream(temporary, { mode: PRIVATE_FILE }))
      const file = openSync(temporary, 'r+')
      fsyncSync(file)
      closeSync(file)
      renameSync(temporary, `${path}.gz`)
      rmSync(path, { force: true })
    } catch {
      rmSync(temporary, { force: true })
      return
    }
  }
}
