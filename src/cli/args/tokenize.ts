import minimist from 'minimist'
import { type OptionName, OPTIONS, type OptionSpec } from './options.js'
import { allowed, placeholder } from './values.js'
import { nearest } from './did-you-mean.js'
import { parseDuration, parseShare, parseSize, parseWhen, parseWhole } from './units.js'

/** A command line taken apart. Values are as typed. */
export interface Tokens {
  readonly given: ReadonlySet<OptionName>
  readonly values: ReadonlyMap<OptionName, string>
  /** Those that may be given several times, in the order they were. */
  readonly repeated: readonly { readonly name: OptionName; readonly value: string }[]
  readonly words: readonly string[]
}

/** What is wrong, and what to do. */
export interface Problem {
  readonly what: string
  readonly todo: string
  /** A word that is no location: what there is of that name may tell what was meant. */
  readonly word?: string
}

const SEE_HELP = 'See s3-sync --help.'
const SPECS: readonly OptionSpec[] = OPTIONS
const FLAGS = SPECS.filter(({ value }) => value.kind === 'flag').map(({ name }) => name)
const REPEATABLE: readonly string[] = SPECS.filter(({ repeatable }) => repeatable === true).map(({ name }) => name)
const VALUED = SPECS.filter(({ value }) => value.kind !== 'flag').map(({ name }) => name)

/** Takes a command line apart with minimist, which forgives much: what it would swallow is looked for here first. */
export function tokenize(argv: readonly string[]): Tokens | Problem {
  const end = argv.indexOf('--')
  const typed = (end < 0 ? argv : argv.slice(0, end)).filter((word) => /^-./.test(word)).flatMap(optionsIn)
  const given = new Set<OptionName>()
  const order: OptionName[] = []
  for (const { written, value } of typed) {
    const name = optionNamed(written)
    if (name === undefined) return unknown(written)
    if (REPEATABLE.includes(name)) order.push(name)
    else if (given.has(name)) return { what: `--${name} is given twice.`, todo: 'Give it once.' }
    if (FLAGS.includes(name) && value !== undefined) return { what: `--${name} takes no value.`, todo: `Write --${name} alone.` }
    given.add(name)
  }
  const parsed = minimist([...argv], {
    string: [...VALUED, '_'],
    boolean: FLAGS,
    alias: Object.fromEntries(SPECS.map(({ name, aliases }) => [name, [...aliases]])),
  })
  const repeated = order.map((name, index) => {
    const all: readonly unknown[] = [parsed[name]].flat()
    const value = all[order.slice(0, index).filter((other) => other === name).length]
    if (typeof value !== 'string') throw new Error(`--${name} was not read as text`)
    return { name, value }
  })
  const values = new Map<OptionName, string>()
  for (const { name, value } of [...repeated, ...singles(given, parsed)]) {
    const spec = SPECS.find((option) => option.name === name)
    if (spec === undefined || typeof value !== 'string') throw new Error(`--${name} was not read as text`)
    const problem = valueProblem(spec, value)
    if (problem !== undefined) return problem
    if (!REPEATABLE.includes(name)) values.set(name, value)
  }
  return { given, values, repeated, words: parsed._ }
}

/** What was given once and has a value. */
function singles(given: ReadonlySet<OptionName>, parsed: Readonly<Record<string, unknown>>) {
  const names = [...given].filter((name) => !FLAGS.includes(name) && !REPEATABLE.includes(name))
  return names.map((name) => ({ name, value: parsed[name] }))
}

/** `--name`, `--name=value`, `-nq`, `-w10`: the options in one word, as written. */
function optionsIn(word: string): { readonly written: string; readonly value?: string }[] {
  if (word.startsWith('--')) {
    const [written = '', ...value] = word.slice(2).split('=')
    return [{ written, ...(value.length === 0 ? {} : { value: value.join('=') }) }]
  }
  const letters = /^-([A-Za-z]*)(.*)$/s.exec(word)
  return letters?.[1] === undefined || letters[1] === ''
    ? [{ written: word.slice(1) }]
    : Array.from(letters[1]).map((written) => ({ written }))
}

function optionNamed(written: string): OptionName | undefined {
  return OPTIONS.find(({ name, aliases }) => name === written || aliases.some((alias: string) => alias === written))?.name
}

function unknown(written: string): Problem {
  const option = written.length === 1 ? `-${written}` : `--${written}`
  const near = nearest(
    written,
    SPECS.flatMap(({ name, aliases }) => [name, ...aliases.filter((alias) => alias.length > 1)]),
  )
  return { what: `${option} is no option.`, todo: near === undefined ? SEE_HELP : `Did you mean --${near}? ${SEE_HELP}` }
}

function valueProblem({ name, value }: OptionSpec, typed: string): Problem | undefined {
  if (typed === '') return { what: `--${name} has no value.`, todo: `Write --${name} ${placeholder(value)}: ${allowed(value)}.` }
  return fits(value, typed)
    ? undefined
    : { what: `--${name} ${typed}: that is not allowed.`, todo: `--${name} is ${allowed(value)}.` }
}

function fits(value: OptionSpec['value'], typed: string): boolean {
  switch (value.kind) {
    case 'flag':
      return false
    case 'whole': {
      if (typed === value.word) return true
      const number = parseWhole(typed)
      return number !== undefined && number >= value.min && number <= value.max
    }
    case 'duration':
      return parseDuration(typed) !== undefined
    case 'size': {
      const bytes = parseSize(typed)
      return bytes !== undefined && bytes >= value.min && bytes <= value.max
    }
    case 'share':
      return parseShare(typed) !== undefined
    case 'when':
      return parseWhen(typed) !== undefined
    case 'choice':
      return value.choices.includes(typed)
    case 'text':
      return true
  }
}
