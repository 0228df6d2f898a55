import minimist from 'minimist'
import { nearestWord } from './did-you-mean.js'
import { OPTION_NAMES, optionNamed, optionOf, OPTIONS, type OptionName } from './options.js'
import type { Problem } from './problem.js'
import { FLAG, type ValueType } from './values.js'
import { PROGRAM } from '../../io/program-name.js'

/** The values of the options, typed; absent if not given. */
export type OptionValues = Partial<ValuesOf<typeof OPTIONS>>

type ValuesOf<Table> = { readonly [Name in keyof Table]: Table[Name] extends { readonly value: ValueType<infer T> } ? T : never }

/** A command line, split into options and words. */
export interface Tokens {
  readonly given: ReadonlySet<OptionName>
  /** Parsed values of options that may be given once. */
  readonly values: OptionValues
  /** As typed. */
  readonly typed: ReadonlyMap<OptionName, string>
  /** Options that may be given several times, in order, as typed. */
  readonly repeated: readonly { readonly name: OptionName; readonly value: string }[]
  readonly words: readonly string[]
}

const SEE_HELP = `See ${PROGRAM} --help.`
const isFlag = (name: OptionName): boolean => optionOf(name).value === FLAG
const isRepeatable = (name: OptionName): boolean => optionOf(name).repeatable === true

/** Splits a command line with minimist, which accepts unknown and repeated options: these are found here first. Every value is parsed once. */
export function tokenize(argv: readonly string[]): Tokens | Problem {
  const end = argv.indexOf('--')
  const written = (end < 0 ? argv : argv.slice(0, end)).filter((word) => /^-./.test(word)).flatMap(optionsIn)
  const given = new Set<OptionName>()
  const order: OptionName[] = []
  for (const { written: spelt, value } of written) {
    const name = optionNamed(spelt)
    if (name === undefined) return unknownOption(spelt)
    if (isRepeatable(name)) order.push(name)
    else if (given.has(name)) return { what: `--${name} is given twice.`, todo: 'Give it once.' }
    if (isFlag(name) && value !== undefined) return { what: `--${name} takes no value.`, todo: `Write --${name} alone.` }
    given.add(name)
  }
  const parsed = minimist([...argv], {
    string: [...OPTION_NAMES.filter((name) => !isFlag(name)), '_'],
    boolean: OPTION_NAMES.filter(isFlag),
    alias: Object.fromEntries(OPTION_NAMES.map((name) => [name, aliasesOf(name)])),
  })
  const repeated = order.map((name, index) => {
    const all: readonly unknown[] = [parsed[name]].flat()
    return { name, value: asText(name, all[order.slice(0, index).filter((other) => other === name).length]) }
  })
  const typed = new Map<OptionName, string>()
  for (const name of given) if (!isRepeatable(name)) typed.set(name, isFlag(name) ? '' : asText(name, parsed[name]))
  for (const { name, value } of repeated) {
    const answer = readValue(name, optionOf(name).value, value)
    if ('what' in answer) return answer
  }
  const values = readAll(OPTIONS, typed)
  if ('what' in values) return values
  return { given, values: values.ok, typed, repeated, words: parsed._ }
}

/** Parses the values of a table's options; the table defines their types. */
function readAll<T>(
  table: { readonly [Name in keyof T]: { readonly value: ValueType<T[Name]> } },
  typed: ReadonlyMap<string, string>,
): { readonly ok: Partial<T> } | Problem {
  const ok: Partial<T> = {}
  for (const name in table) {
    const text = typed.get(name)
    if (text === undefined) continue
    const answer = readValue(name, table[name].value, text)
    if ('what' in answer) return answer
    ok[name] = answer.ok
  }
  return { ok }
}

function readValue<T>(name: string, type: ValueType<T>, typed: string): { readonly ok: T } | Problem {
  const option = `--${name}`
  return typed === '' && type.placeholder !== ''
    ? { what: `${option} has no value.`, todo: type.usage(option) }
    : type.parse(typed, option)
}

function asText(name: OptionName, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`--${name} was not read as text`)
  return value
}

function aliasesOf(name: OptionName): string[] {
  const { short, alias } = optionOf(name)
  return [short, alias].filter((spelt) => spelt !== undefined)
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

function unknownOption(written: string): Problem {
  const option = written.length === 1 ? `-${written}` : `--${written}`
  const near = nearestWord(
    written,
    OPTION_NAMES.flatMap((name) => [name, ...aliasesOf(name).filter((spelt) => spelt.length > 1)]),
  )
  return { what: `${option} is no option.`, todo: near === undefined ? SEE_HELP : `Did you mean --${near}? ${SEE_HELP}` }
}
