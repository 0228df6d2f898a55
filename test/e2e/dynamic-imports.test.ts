import { describe, expect, it } from '@jest/globals'
import fg from 'fast-glob'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { BINARY } from '../support/cli.js'

/**
 * What is imported dynamically is a chunk of its own in the built program. Each must have the names that are asked of it: of a CommonJS
 * package a chunk has `default` and nothing else.
 */
const ROOT = join(import.meta.dirname, '../..')
const SOURCES = fg.sync('src/**/*.ts', { cwd: ROOT }).map((file) => [file, readFileSync(join(ROOT, file), 'utf8')] as const)

/** `const { a, b } = await import('x')`, `(await import('x')).a`, `import('x').then(({ a }) => …` */
const FORMS = [
  /const \{ ([\w, ]+) \} = await import\('([^']+)'\)/g,
  /\(await import\((?<path>'[^']+')\)\)\.(?<name>\w+)/g,
  /import\((?<path>'[^']+')\)\.then\(\(\{ (?<name>[\w, ]+) \}\)/g,
]

interface Import {
  readonly file: string
  readonly path: string
  readonly names: readonly string[]
}

const IMPORTS: readonly Import[] = SOURCES.flatMap(([file, text]) =>
  FORMS.flatMap((form) =>
    [...text.matchAll(form)].map(({ 1: first = '', 2: second = '', groups }) => ({
      file,
      path: (groups?.['path'] ?? second).replaceAll("'", ''),
      names: (groups?.['name'] ?? first).split(', '),
    })),
  ),
)

/** The chunk that a module became: `tell-7L7XD5ZU.js`. */
function chunkOf(path: string): string | undefined {
  const chunks = fg.sync(`${basename(path, '.js')}-*.js`, { cwd: dirname(BINARY), absolute: true })
  return chunks.find((chunk) => new RegExp(`^${basename(path, '.js')}-[A-Z0-9]{8}\\.js$`).test(basename(chunk)))
}

/** What a chunk exports, by name and kind, as the Node that runs the tool sees it. */
function exportsOf(chunk: string): Record<string, string> {
  const look = `import(process.argv[1]).then((m) => console.log(JSON.stringify(Object.fromEntries(Object.keys(m).map((n) => [n, typeof m[n]])))))`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', look, chunk], { encoding: 'utf8' })
  return v.parse(v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.string())), stdout === '' ? stderr : stdout)
}

describe('dynamic imports of the built program', () => {
  it('are all of a form that this test can follow', () => {
    const written = SOURCES.flatMap(([, text]) => [...text.matchAll(/\bimport\('/g)]).length
    expect(written).toBeGreaterThan(15)
    expect(IMPORTS).toHaveLength(written)
  })

  it.each(IMPORTS.map(({ file, path, names }) => [file, path, names] as const))('%s: %s has %j', (_file, path, names) => {
    const chunk = chunkOf(path)
    if (chunk === undefined) throw new Error(`no chunk of ${path}: was the program built?`)
    const there = exportsOf(chunk)
    for (const name of names) expect(there).toHaveProperty(name, 'function')
  })
})
