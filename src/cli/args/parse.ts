import { type CommandName, commandNamed, COMMANDS, SHELLS, specOf } from './commands.js'
import { parseDoctor } from './parse-doctor.js'
import { type Location, parseLocation } from './locations.js'
import { type ReadGlobFile, withGlobFiles } from './glob-files.js'
import { nearestWord } from './did-you-mean.js'
import { optionOf } from './options.js'
import { CONNECTION } from './options/connections.js'
import type { ConnectionOptions, ConnectionsAction, ParsedCommand, SyncRequest, UsageError } from './request.js'
import { optionsProblem, runOptionsOf, typedOptions } from './run-options.js'
import { parseRuns } from './parse-runs.js'
import type { Problem } from './problem.js'
import { tokenize, type Tokens } from './tokenize.js'
import { redact } from './redact.js'
import { PROGRAM } from '../../io/program-name.js'

/** What parsing depends on besides the command line. */
export interface ParsingContext {
  readonly isTerminal: boolean
  readonly globFiles: ReadGlobFile
}

/**
 * Parses a command line; reads no files except through `globFiles`. `isTerminal`: questions can be asked, so a command line without SOURCE and
 * TARGET starts the wizard.
 */
export function parseArguments(argv: readonly string[], { isTerminal, globFiles }: ParsingContext): ParsedCommand {
  const error = (problem: Problem): UsageError => ({ kind: 'error', ...problem, json: argv.includes('--json') })
  const tokens = tokenize(argv)
  const info = helpOrVersion(argv, tokens)
  if (info !== undefined) return info
  if ('what' in tokens) return error(tokens)
  const [first, ...rest] = tokens.words
  const command = commandNamed(first) ?? (first === undefined || looksLikeLocation(first) ? 'sync' : undefined)
  if (command === undefined) return error(unknownCommand(first ?? ''))
  const words = commandNamed(first) === undefined ? tokens.words : rest
  const withPlaces = (problem: Problem): UsageError => ({ ...error(problem), places: placesIn(command, words) })
  const problem = strayOption(command, tokens) ?? contradiction(tokens)
  if (problem !== undefined) return withPlaces(problem)
  const complete = withGlobFiles(tokens, globFiles)
  if ('what' in complete) return withPlaces(complete)
  const parsed = parseCommand(command, words, complete, isTerminal)
  return 'what' in parsed ? withPlaces(parsed) : parsed
}

function placesIn(command: CommandName, [source, target]: readonly string[]): NonNullable<UsageError['places']> {
  if (command !== 'sync' && command !== 'verify') return {}
  return {
    ...(source === undefined ? {} : { source: redact(source) }),
    ...(target === undefined ? {} : { target: redact(target) }),
  }
}

function parseCommand(
  command: CommandName,
  words: readonly string[],
  tokens: Tokens,
  isTerminal: boolean,
): ParsedCommand | Problem {
  switch (command) {
    case 'sync':
      return parseSync(words, tokens, isTerminal)
    case 'connections': {
      const action = parseConnections(words, tokens)
      return 'what' in action ? action : { kind: 'connections', ...action, output: tokens.values, yes: tokens.given.has('yes') }
    }
    case 'demo':
      return words.length === 0 ? { kind: 'demo', output: tokens.values } : extraWord(words[0], command)
    case 'completion':
      return parseCompletion(words)
    case 'runs': {
      const action = parseRuns(words, tokens)
      return 'what' in action ? action : { kind: 'runs', ...action, output: tokens.values, yes: tokens.given.has('yes') }
    }
    case 'verify':
      return parseVerify(words, tokens)
    case 'doctor': {
      const request = parseDoctor(words)
      return 'what' in request ? request : { kind: 'doctor', request: { ...request, output: tokens.values } }
    }
  }
}

/** `--help` wins over everything else, errors included. */
function helpOrVersion(argv: readonly string[], tokens: Tokens | Problem): ParsedCommand | undefined {
  const before = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv
  if (before.some((word) => word === '--help' || word === '-h')) {
    const command = commandNamed(before.find((word) => !word.startsWith('-')))
    return { kind: 'help', ...(command && { command }) }
  }
  return !('what' in tokens) && tokens.given.has('version') ? { kind: 'version' } : undefined
}

function parseSync(words: readonly string[], tokens: Tokens, isTerminal: boolean, verifies = false): ParsedCommand | Problem {
  const [sourceWord, targetWord, extra] = words
  const output = tokens.values
  const { workers, ...run } = runOptionsOf(tokens)
  const impossible = optionsProblem(tokens, verifies)
  if (impossible !== undefined) return impossible
  if (sourceWord === undefined) {
    if (!isTerminal) return { what: 'SOURCE and TARGET are missing, and there is no terminal to ask on.', todo: USAGE }
    const stray = (['buckets', 'files-from', 'follow-links', 'source-profile', 'target-profile'] as const).find((name) =>
      tokens.given.has(name),
    )
    if (stray !== undefined) return { what: `--${stray} goes with SOURCE and TARGET.`, todo: USAGE }
    return {
      kind: 'wizard',
      request: { ...run, typed: typedOptions(tokens), ...(tokens.given.has('workers') ? { workers } : {}), output },
    }
  }
  if (targetWord === undefined) return { what: 'TARGET is missing.', todo: USAGE }
  if (extra !== undefined) return extraWord(extra, 'sync')
  const source = parseLocation(sourceWord)
  if ('what' in source) return source
  const target = parseLocation(targetWord)
  if ('what' in target) return target
  const buckets = bucketsOf(source.ok, target.ok, tokens)
  if (buckets !== undefined && 'what' in buckets) return buckets
  if (tokens.given.has('follow-links') && source.ok.kind !== 'local')
    return { what: '--follow-links goes with a directory as SOURCE.', todo: 'Leave it out.' }
  if (tokens.given.has('versions') && [source.ok, target.ok].some(({ kind }) => kind === 'local'))
    return { what: '--versions goes with buckets: a directory keeps no versions.', todo: 'Leave it out, or name two buckets.' }
  const profiles = profilesOf(source.ok, target.ok, tokens)
  if ('what' in profiles) return profiles
  const request = {
    ...run,
    typed: typedOptions(tokens),
    workers,
    source: source.ok,
    target: target.ok,
    ...buckets,
    ...profiles,
    output,
  }
  return { kind: 'sync', request }
}

/** Takes the same words as a sync. */
function parseVerify(words: readonly string[], tokens: Tokens): ParsedCommand | Problem {
  if (words.length < 2) return { what: 'SOURCE or TARGET is missing.', todo: `Write ${specOf('verify').usage.join(' or ')}.` }
  const parsed = parseSync(words, tokens, false, true)
  if ('what' in parsed || parsed.kind !== 'sync') return parsed
  return { kind: 'verify', request: { ...parsed.request, verifiesOnly: true } }
}

const USAGE = `Write ${PROGRAM} SOURCE TARGET, e.g. ${PROGRAM} old:photos new:photos. See ${PROGRAM} --help.`

function bucketsOf(source: Location, target: Location, { values }: Tokens): Pick<SyncRequest, 'buckets'> | Problem | undefined {
  const whole = [source, target].filter((side) => side.kind === 'connection' && side.place === undefined)
  const { buckets } = values
  if (whole.length === 0) {
    return buckets === undefined
      ? undefined
      : { what: '--buckets goes with NAME: on both sides, without buckets.', todo: 'Write e.g. old: new: --buckets all' }
  }
  if (whole.length === 1 && [source, target].some(({ kind }) => kind === 'local'))
    return {
      what: 'The location NAME: needs a bucket when the other side is a directory.',
      todo: 'Name one: NAME:BUCKET or NAME:BUCKET/PREFIX.',
    }
  if (whole.length === 1)
    return {
      what: 'One side names a bucket and the other does not.',
      todo: 'Name a bucket on both, or write NAME: on both with --buckets.',
    }
  if (buckets === undefined)
    return { what: 'Which buckets?', todo: 'Add --buckets a,b or --buckets all, or name a bucket on both sides.' }
  return { buckets }
}

function profilesOf(
  source: Location,
  target: Location,
  { values }: Tokens,
): { readonly sourceProfile?: string; readonly targetProfile?: string } | Problem {
  const { 'source-profile': sourceProfile, 'target-profile': targetProfile } = values
  const stray = (sourceProfile !== undefined && source.kind !== 'aws') || (targetProfile !== undefined && target.kind !== 'aws')
  if (stray)
    return { what: 'A profile goes with an s3:// location.', todo: `A connection has its own: ${PROGRAM} connections add NAME.` }
  return { ...(sourceProfile === undefined ? {} : { sourceProfile }), ...(targetProfile === undefined ? {} : { targetProfile }) }
}

function parseConnections([action = 'list', argument, extra]: readonly string[], tokens: Tokens): ConnectionsAction | Problem {
  const usage = `Write ${specOf('connections').usage.join(' or ')}.`
  if (extra !== undefined) return extraWord(extra, 'connections')
  const stray = action === 'add' ? undefined : [...tokens.given].find((name) => Object.hasOwn(CONNECTION, name))
  if (stray !== undefined) return { what: `--${stray} goes with connections add.`, todo: usage }
  switch (action) {
    case 'list':
      return argument === undefined ? { action } : extraWord(argument, 'connections')
    case 'add':
      return argument === undefined
        ? { what: 'connections add: which name?', todo: usage }
        : { action, name: argument, options: connectionOptionsOf(tokens) }
    case 'show':
    case 'test':
    case 'remove':
      return argument === undefined ? { what: `connections ${action}: which one?`, todo: usage } : { action, name: argument }
    case 'import':
      return argument === undefined ? { what: 'connections import: which file?', todo: usage } : { action, file: argument }
    default: {
      const near = nearestWord(action, specOf('connections').words)
      return {
        what: `"connections ${action}" is no command.`,
        todo: near === undefined ? usage : `Did you mean ${near}? ${usage}`,
      }
    }
  }
}

function connectionOptionsOf({ given, values }: Tokens): ConnectionOptions {
  const { profile, role: roleArn, 'path-style': pathStyle, 'ca-file': caFile } = values
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(roleArn === undefined ? {} : { roleArn }),
    ...(pathStyle === undefined ? {} : { pathStyle: pathStyle === 'true' }),
    ...(caFile === undefined ? {} : { caFile }),
    ...(given.has('insecure') ? { insecure: true } : {}),
    ...(given.has('anonymous') ? { anonymous: true } : {}),
    ...(given.has('requester-pays') ? { requesterPays: true } : {}),
  }
}

function parseCompletion([word, extra]: readonly string[]): ParsedCommand | Problem {
  const shell = SHELLS.find((name) => name === word)
  if (shell !== undefined && extra === undefined) return { kind: 'completion', shell }
  return {
    what: word === undefined ? 'completion: which shell?' : `There is no completion for "${word}".`,
    todo: `Write ${specOf('completion').usage.join(' or ')}.`,
  }
}

function looksLikeLocation(word: string): boolean {
  return /[:/.]/.test(word)
}

function unknownCommand(word: string): Problem {
  const near = nearestWord(
    word,
    COMMANDS.map(({ name }) => name),
  )
  return {
    what: `"${word}" is neither a command nor a location.`,
    word,
    todo: near === undefined ? USAGE : `Did you mean ${near}? See ${PROGRAM} --help.`,
  }
}

function strayOption(command: CommandName, { given }: Tokens): Problem | undefined {
  const stray = [...given].find((name) => !optionOf(name).commands.includes(command))
  return stray && { what: `--${stray} does not go with ${command}.`, todo: `See ${PROGRAM} ${command} --help.` }
}

function contradiction({ given }: Tokens): Problem | undefined {
  const pairs = [
    ['json', 'events'],
    ['quiet', 'verbose'],
    ['failed', 'lost'],
    ['color', 'no-color'],
  ] as const
  const both = pairs.find(([a, b]) => given.has(a) && given.has(b))
  return both && { what: `--${both[0]} and --${both[1]} cannot be combined.`, todo: 'Choose one of them.' }
}

function extraWord(word: string | undefined, command: CommandName): Problem {
  return { what: `"${word ?? ''}" is one word too many.`, todo: `Write ${specOf(command).usage.join(' or ')}.` }
}
