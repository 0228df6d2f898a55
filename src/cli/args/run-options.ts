import type { CompareMode } from '../../pipeline/plan/sync-plan.js'
import type { Limits } from '../../pipeline/plan/sync-plan.js'
import { MAX_MEMORY } from '../../pipeline/run/memory-budget.js'
import { KEEP } from '../../pipeline/plan/metadata-policy.js'
import { keepingOf } from './metadata-options.js'
import { type OptionName, OPTIONS } from './options.js'
import type { RunOptions } from './request.js'
import { selectionOf, selectionProblem } from './filters.js'
import type { Problem, Tokens } from './tokenize.js'
import { parseDuration, parseShare, parseSize } from './units.js'

/** How far `--workers auto` may go. */
const AUTO_MOST = 1024

/** Reads the options of a run; they were found well-formed before. */
export function runOptionsOf(tokens: Tokens): RunOptions {
  const { given, values } = tokens
  const keeping = keepingOf(tokens)
  const [sourceKeyFile, targetKeyFile] = [values.get('source-sse-key'), values.get('target-sse-key')]
  const number = (name: OptionName, otherwise: number): number => Number(values.get(name) ?? otherwise)
  const maxErrors = values.get('max-errors')
  const filesFrom = values.get('files-from')
  const caseConflict = values.get('case-conflict')
  const partSize = parseSize(values.get('part-size') ?? '')
  return {
    workers: values.get('workers') === 'auto' ? AUTO_MOST : number('workers', 10),
    adaptive: values.get('workers') === 'auto',
    retries: number('retries', 5),
    retryDelayMs: parseDuration(values.get('retry-delay') ?? '2s') ?? 0,
    ...(maxErrors === undefined ? {} : { maxErrors: Number(maxErrors) }),
    limits: limitsOf(values),
    ...deletesOf(tokens),
    ...(caseConflict === 'skip' || caseConflict === 'overwrite' ? { caseConflict } : {}),
    compare: compareMode(values.get('compare')),
    ...(partSize === undefined ? {} : { partSize }),
    maxMemory: parseSize(values.get('max-memory') ?? '') ?? MAX_MEMORY,
    serverSideCopy: !given.has('no-server-side-copy'),
    ignoreExisting: given.has('ignore-existing'),
    keepNewer: given.has('keep-newer'),
    keepTimes: given.has('keep-times'),
    followLinks: given.has('follow-links'),
    versions: given.has('versions'),
    selection: selectionOf(tokens),
    ...(filesFrom === undefined ? {} : { filesFrom }),
    metadataPolicy: 'what' in keeping ? KEEP : keeping,
    ...(sourceKeyFile === undefined ? {} : { sourceKeyFile }),
    ...(targetKeyFile === undefined ? {} : { targetKeyFile }),
    verify: given.has('verify'),
    deep: given.has('deep'),
    verifiesOnly: false,
    dryRun: given.has('dry-run'),
    yes: given.has('yes'),
  }
}

function compareMode(typed: string | undefined): CompareMode {
  const modes: readonly CompareMode[] = ['auto', 'size', 'etag', 'mtime', 'checksum', 'always']
  return modes.find((mode) => mode === typed) ?? 'auto'
}

function limitsOf(values: Tokens['values']): Limits {
  const requestsPerSecond = values.get('max-rps')
  const bytesPerSecond = parseSize(values.get('bwlimit') ?? '')
  return {
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond: Number(requestsPerSecond) }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  }
}

const MAX_DELETE = { percent: 25 }

function deletesOf({ given, values }: Tokens): Pick<RunOptions, 'deletes' | 'backupPrefix'> {
  const atMost = parseShare(values.get('max-delete') ?? '') ?? MAX_DELETE
  const backupPrefix = values.get('backup-prefix')?.replace(/\/$/, '')
  return {
    ...(given.has('delete')
      ? {
          deletes: {
            atMost,
            ...(given.has('ignore-errors') && { ignoreErrors: true }),
            ...(given.has('allow-empty-source') && { allowEmptySource: true }),
          },
        }
      : {}),
    ...(backupPrefix === undefined ? {} : { backupPrefix }),
  }
}

/** Options that say something of `--delete`. */
export const OF_DELETE = ['max-delete', 'ignore-errors', 'allow-empty-source'] as const

const NOT_WITH_FILES_FROM = [
  ...(['delete', 'buckets', 'verify', 'include', 'exclude', 'include-from', 'exclude-from'] as const),
  ...(['min-size', 'max-size', 'newer-than', 'older-than'] as const),
] as const

const NOT_WITH_VERSIONS = [
  ...(['delete', 'backup-prefix', 'files-from', 'ignore-existing', 'keep-newer', 'verify'] as const),
  ...(['min-size', 'max-size', 'newer-than', 'older-than'] as const),
] as const

/** A history is copied as it is: what would leave some of it out, or change more than its end, does not go with it. */
function versionsProblem({ given, values }: Tokens): Problem | undefined {
  if (!given.has('versions')) return undefined
  const compare = values.get('compare') ?? 'auto'
  const other = NOT_WITH_VERSIONS.find((name) => given.has(name))
  if (other === undefined && compare === 'auto') return undefined
  return {
    what: `--versions and --${other ?? `compare ${compare}`} do not go together.`,
    todo: 'A history is copied in order and as a whole: leave one of them out.',
  }
}

const GLOBS = ['include', 'exclude', 'include-from', 'exclude-from'] as const

/** Options that are each well-formed and make no sense together. `verifies`: comparing is what is asked for. */
export function optionsProblem(tokens: Tokens, verifies: boolean): Problem | undefined {
  const { given, values } = tokens
  const backupPrefix = values.get('backup-prefix')
  if (backupPrefix !== undefined && /^\/|\/\/|^\.{1,2}(\/|$)/.test(backupPrefix))
    return {
      what: `--backup-prefix ${backupPrefix}: some servers would change that name.`,
      todo: 'Write it e.g. backup/2026-01-31',
    }
  const ofDelete = OF_DELETE.find((name) => given.has(name))
  if (ofDelete !== undefined && !given.has('delete'))
    return { what: `--${ofDelete} goes with --delete.`, todo: 'Add --delete, or leave it out.' }
  if (given.has('deep') && !given.has('verify') && !verifies)
    return { what: '--deep goes with --verify, or with s3-sync verify.', todo: 'Add --verify, or leave it out.' }
  if (given.has('verify') && given.has('dry-run'))
    return {
      what: '--verify compares what was copied, and --dry-run copies nothing.',
      todo: 'To compare only: s3-sync verify SOURCE TARGET.',
    }
  if (given.has('ignore-case') && !GLOBS.some((name) => given.has(name)))
    return { what: '--ignore-case is about globs, and there is none.', todo: 'Add --include or --exclude, or leave it out.' }
  if (given.has('files-from')) {
    const other = NOT_WITH_FILES_FROM.find((name) => given.has(name))
    if (other !== undefined)
      return {
        what: `--files-from and --${other} do not go together.`,
        todo: 'The file names each object: leave one of them out.',
      }
  }
  const histories = versionsProblem(tokens)
  if (histories !== undefined) return histories
  const keeping = keepingOf(tokens)
  return 'what' in keeping ? keeping : selectionProblem(selectionOf(tokens))
}

/** Options that say how a run is shown or begun, not what it is. */
const NOT_OF_A_RUN: ReadonlySet<OptionName> = new Set([
  ...(['json', 'events', 'json-file', 'log-file', 'yes', 'color', 'no-color', 'quiet', 'verbose'] as const),
  ...(['dry-run', 'help', 'version', 'failed', 'lost'] as const),
  // Their globs are (glob-files.ts).
  ...(['include-from', 'exclude-from'] as const),
])

/** The options of a run, each in one word, as a command line could give them again. */
export function typedOptions({ given, values, repeated }: Tokens): string[] {
  const all = OPTIONS.map(({ name }) => name).filter((name) => given.has(name) && !NOT_OF_A_RUN.has(name))
  const once = all.filter((name) => !repeated.some((one) => one.name === name))
  const word = (name: OptionName, value: string | undefined): string => (value === undefined ? `--${name}` : `--${name}=${value}`)
  return [...once.map((name) => word(name, values.get(name))), ...repeated.map(({ name, value }) => word(name, value))]
}
