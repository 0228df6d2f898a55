import { describe, expect, it } from '@jest/globals'
import fg from 'fast-glob'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OPTION_NAMES, optionOf } from '../src/cli/args/options.js'
import { EventSchema } from '../src/pipeline/events/events.js'
import { parseArguments } from '../src/cli/args/parse.js'

const ROOT = join(import.meta.dirname, '..')
const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

/** What a user or a contributor reads. */
const PAGES = fg.sync(['README*.md', 'CONTRIBUTING.md', 'SECURITY.md', 'docs/**/*.md'], { cwd: ROOT }).sort()
/** Generated from the option table, which has a test of its own. */
const GENERATED = 'docs/reference.md'
const WRITTEN = PAGES.filter((page) => page !== GENERATED)
/** For contributors, or measured: in English only. */
const ENGLISH_ONLY = new Set([GENERATED, 'docs/architecture.md', 'docs/doctor.md'])

const withoutBlocks = (text: string): string => text.replaceAll(/^```[^]*?^```/gm, '')

/** Targets of the links and pictures of a page, without those to other hosts. */
function linksOf(page: string): string[] {
  const links = [...withoutBlocks(textOf(page)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => target)
  return links.filter((target) => !/^[a-z]+:/.test(target))
}

/** The name that a link to a heading has, as GitHub makes it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-')

const anchorsOf = (page: string): string[] =>
  [...withoutBlocks(textOf(page)).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** A line without the first column of a table: in `coming-from.md` that column has the options of other tools. */
const withoutFirstColumn = (line: string): string => (line.startsWith('|') ? line.split(' | ').slice(1).join(' | ') : line)

/** Names of the options of this tool that a page mentions. */
function optionsIn(page: string): string[] {
  const lines = textOf(page).split('\n')
  const ours = page.endsWith('coming-from.md') ? lines.map(withoutFirstColumn) : lines
  // Commands of Node, for contributors, and of rclone have options of their own.
  const text = ours.filter((line) => !/\b(?:node|npm)\b[^|`]* --|^rclone /.test(line)).join('\n')
  return [...text.matchAll(/(?<![\w-])--([a-z][a-z-]*[a-z])/g)].map(([, name = '']) => name)
}

/** Whole command lines of this tool, in blocks of code and in sentences; not the forms with `[…]`, `|` or `…`. */
function commandsIn(page: string): string[] {
  const text = textOf(page)
  const inBlocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].flatMap(([, block = '']) => block.split('\n'))
  const inSentences = [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
  return [...inBlocks, ...inSentences]
    .filter((line) => line.startsWith('s3-sync '))
    .map((line) =>
      line
        .replace(/\s+[#>|].*/, '')

        .trim(),
    )
    .filter((line) => !/[[…]|\\\||COMMAND/.test(line))
}

/** As a shell splits them: only quotes matter here. */
const wordsOf = (command: string): string[] =>
  [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = '']) => quoted ?? plain).slice(1)

const NAMES = new Set<string>(
  OPTION_NAMES.flatMap((name) => [name, optionOf(name).short, optionOf(name).alias].filter((spelt) => spelt !== undefined)),
)

describe('the documents', () => {
  it('are there in both languages', () => {
    const english = PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && !ENGLISH_ONLY.has(page))
    const chinese = PAGES.filter((page) => page.startsWith('docs/zh-CN/'))
    expect(chinese).toEqual(english.map((page) => page.replace('docs/', 'docs/zh-CN/')))
  })

  it.each(['README.md', 'README.zh-CN.md'])('%s has at most 120 lines and the command that tests everything', (page) => {
    expect(textOf(page).split('\n').length - 1).toBeLessThanOrEqual(120)
    expect(textOf(page)).toContain('\nnpm cit ')
  })

  it('the man page is in the package, and npm installs it', () => {
    expect(JSON.parse(textOf('package.json'))).toMatchObject({
      man: './docs/s3-sync.1',
      files: expect.arrayContaining(['docs/s3-sync.1']),
    })
  })

  it.each(WRITTEN)('the links of %s resolve', (page) => {
    const broken = linksOf(page).filter((target) => {
      const [path = '', anchor] = target.split('#')
      const file = path === '' ? page : join(dirname(page), path)
      return !existsSync(join(ROOT, file)) || (anchor !== undefined && !anchorsOf(file).includes(decodeURI(anchor)))
    })
    expect(broken).toEqual([])
  })

  it.each(['CONTRIBUTING.md', 'SECURITY.md', 'docs/doctor.md'])('%s names files that exist', (page) => {
    const files = [...textOf(page).matchAll(/`((?:src|test|docs|bench)\/[^`\s]*)`/g)].map(([, file = '']) => file)
    // With NAME: a file that is yet to be written.
    expect(files.filter((file) => !file.includes('NAME') && !existsSync(join(ROOT, file)))).toEqual([])
    expect(files.length).toBeGreaterThan(0)
  })

  it.each(WRITTEN)('%s names options that exist', (page) => {
    expect(optionsIn(page).filter((name) => !NAMES.has(name))).toEqual([])
  })

  it.each(WRITTEN)('the commands of %s are well-formed', (page) => {
    const rejected = commandsIn(page).flatMap((command) => {
      const parsed = parseArguments(wordsOf(command), { isTerminal: true, globFiles: () => undefined })
      return parsed.kind === 'error' ? [`${command}: ${parsed.what}`] : []
    })
    expect(rejected).toEqual([])
  })

  it.each(['docs/automation.md', 'docs/zh-CN/automation.md'])('%s names each type of event', (page) => {
    const types = EventSchema.options.map(({ entries }) => entries.type.literal)
    expect(types.length).toBeGreaterThan(30)
    expect(types.filter((type) => !textOf(page).includes(`\`${type}\``))).toEqual([])
  })

  it('each option is on a page', () => {
    const mentioned = new Set(PAGES.filter((page) => /^docs\/[^/]+\.md$/.test(page) && page !== GENERATED).flatMap(optionsIn))
    expect([...NAMES].filter((name) => name.length > 1 && !mentioned.has(name))).toEqual([])
  })

  it.each(['docs/troubleshooting.md', 'docs/zh-CN/troubleshooting.md'])('%s quotes messages as the program has them', (page) => {
    const source = ['main.sh', ...fg.sync('src/**/*.ts', { cwd: ROOT })].map(textOf).join('\n')
    const rows = textOf(page)
      .split('\n')
      .filter((line) => line.startsWith('| '))
    const quotes = rows.flatMap((line) => [
      ...line
        .split(' | ')
        .slice(0, -1)
        .join(' ')
        .matchAll(/`([^`]+ [^`]+)`/g),
    ])
    const pieces = quotes.flatMap(([, quote = '']) => quote.split('…')).filter((piece) => /\w{3}/.test(piece))
    expect(pieces.length).toBeGreaterThan(40)
    expect(pieces.filter((piece) => !source.includes(piece))).toEqual([])
  })
})
