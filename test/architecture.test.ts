import { describe, expect, it } from '@jest/globals'
import fg from 'fast-glob'
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const SRC = join(import.meta.dirname, '../src')
const files = fg.sync('**/*.ts', { cwd: SRC }).sort()

/** What a file imports, types included, statically or not: paths below src for its own, names for packages. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8')
  const written = [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map(([, name = '']) => name)
  return written.map((name) =>
    name.startsWith('.') ? relative(SRC, join(SRC, dirname(file), name)).replace(/\.js$/, '.ts') : name,
  )
}

/** The rooms from top to bottom: a file imports its own room and rooms that stand below. */
const ROOMS = [
  'main.ts',
  'cli',
  'prompts',
  'reporters',
  'demo',
  'doctor',
  'io',
  'pipeline/sync.ts',
  'pipeline/sync-pair.ts',
  'pipeline/versions',
  'pipeline/verify',
  'pipeline/delete',
  'pipeline/transfer',
  'pipeline/compare',
  'pipeline/proof',
  'pipeline/metadata',
  'pipeline/listing',
  'pipeline/run',
  'pipeline/flow',
  'pipeline/state',
  'pipeline/events',
  'pipeline/plan',
  'pipeline/ports',
]

const roomOf = (path: string): string =>
  path
    .split('/')
    .slice(0, path.startsWith('pipeline/') ? 2 : 1)
    .join('/')

/** Every circle of imports that a walk from each file finds, as the files on it. */
function circles(): string[][] {
  const graph = new Map(files.map((file) => [file, importsOf(file).filter((name) => files.includes(name))]))
  const found: string[][] = []
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start >= 0) found.push([...path.slice(start), file])
    if (start >= 0 || done.has(file)) return
    for (const next of graph.get(file) ?? []) walk(next, [...path, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  return found
}

describe('the rooms of the house', () => {
  it('are the known ones', () => {
    expect([...new Set(files.map(roomOf))].sort()).toEqual([...ROOMS].sort())
  })

  it('import only what stands below them, types included', () => {
    const upwards = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => files.includes(name) && ROOMS.indexOf(roomOf(name)) < ROOMS.indexOf(roomOf(file)))
        .map((name) => `${file} → ${name}`),
    )
    expect(upwards).toEqual([])
  })

  it('have no circle of imports, types included', () => {
    expect(circles().map((files) => files.join(' → '))).toEqual([])
  })

  it('hold no more than a third of the files of the house they stand in', () => {
    const house = (path: string): string => (path.startsWith('pipeline/') ? 'pipeline/' : '')
    const crowded = ROOMS.filter((room) => {
      const inHouse = files.filter((file) => file.startsWith(house(room)))
      return inHouse.filter((file) => roomOf(file) === room).length > inHouse.length / 3
    })
    expect(crowded).toEqual([])
  })

  it('the pipeline imports nothing but rxjs, and valibot for the schemas of events and snapshots', () => {
    const pipeline = files.filter((file) => file.startsWith('pipeline/'))
    const wrong = pipeline.flatMap((file) => {
      const packages = importsOf(file).filter((name) => !files.includes(name))
      return packages
        .filter(
          (name) =>
            name !== 'rxjs' && !(name === 'valibot' && (file.startsWith('pipeline/events/') || file.endsWith('-schema.ts'))),
        )
        .map((name) => `${file} → ${name}`)
    })
    expect(pipeline.length).toBeGreaterThan(20)
    expect(wrong).toEqual([])
  })

  it('one file retries and tells the rate limiter: flow/attempt.ts', () => {
    const retrying = files.filter((file) =>
      /\banswered\(|import \{[^}]*\bretry\b[^}]*\} from 'rxjs'/.test(readFileSync(join(SRC, file), 'utf8')),
    )
    expect(retrying.filter((file) => file.startsWith('pipeline/') || file.startsWith('cli/'))).toEqual([
      'pipeline/flow/attempt.ts',
      'pipeline/flow/rate-limiter.ts',
    ])
  })

  it('process.exit is called in main.ts and nowhere else', () => {
    const exits = files.filter((file) => readFileSync(join(SRC, file), 'utf8').includes('process.exit('))
    expect(exits).toEqual(['main.ts'])
  })

  it('only one file knows enquirer, and the S3 SDK stays in io/s3 and the doctor', () => {
    expect(files.filter((file) => importsOf(file).includes('enquirer'))).toEqual(['prompts/questions.ts'])
    const sdk = files.filter((file) =>
      importsOf(file).some((name) => name.startsWith('@aws-sdk/') || name.startsWith('@smithy/')),
    )
    expect(sdk.filter((file) => !/^(io\/s3|doctor)\//.test(file))).toEqual([])
  })

  it('no test has a limit of its own: the one of jest.config.ts is for hanging, not for slow machines', () => {
    const tests = fg.sync('**/*.test.ts', { cwd: import.meta.dirname })
    const limited = tests.filter((file) => /^jest\.setTimeout\(/m.test(readFileSync(join(import.meta.dirname, file), 'utf8')))
    expect(tests.length).toBeGreaterThan(100)
    expect(limited).toEqual([])
  })
})

it('a hint names the command that was used: no text says `s3-sync runs` and the like', () => {
  // Their scripts and pages are for the installed command.
  const installed = new Set(['cli/args/completion.ts', 'cli/args/reference.ts'])
  const code = (file: string): string => readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const commands = /s3-sync (runs|verify|doctor|connections|demo|completion|sync|--help|[A-Z]{2,}|\[|[\w-]+:|\.\/|…|\$\{)/
  expect(files.filter((file) => !installed.has(file) && commands.test(code(file)))).toEqual([])
})
