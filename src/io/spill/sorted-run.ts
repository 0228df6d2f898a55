import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import * as v from 'valibot'
import type { ObjectEntry } from '../../pipeline/ports/objects.js'
import { PRIVATE_FILE } from '../files/atomic-files.js'
import type { SortedRun } from './k-way-merge.js'

const Line = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ key: v.string(), size: v.number(), etag: v.string(), lastModified: v.number() }),
)

/** Writes a run to a new file, one JSON object a line. JSON escapes line feeds, so keys can contain them. */
export async function writeRun(path: string, run: SortedRun | Iterable<readonly ObjectEntry[]>): Promise<void> {
  async function* text(): AsyncGenerator<string> {
    for await (const batch of run) yield batch.map((entry) => `${JSON.stringify(entry)}\n`).join('')
  }
  await writeFile(path, text(), { mode: PRIVATE_FILE, flag: 'wx' })
}

/** Reads the entries of such a file, a chunk at a time. Not with readline, which treats other characters as line ends too. */
export async function* readRun(path: string): AsyncGenerator<readonly ObjectEntry[]> {
  const chunks: AsyncIterable<string> = createReadStream(path, { encoding: 'utf8' })
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield lines.map((line) => v.parse(Line, line))
  }
  if (rest !== '') throw new Error(`${path} ends in the middle of a line`)
}
