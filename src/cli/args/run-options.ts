import type { AttributeRule } from '../../pipeline/plan/attribute-rules.js'
import { DEFAULTS, MAX_WORKERS } from '../../pipeline/plan/defaults.js'
import { KEEP, type MetadataPolicy } from '../../pipeline/plan/metadata-policy.js'
import type { Limits } from '../../pipeline/plan/sync-plan.js'
import { MAX_MEMORY } from '../../pipeline/run/memory-budget.js'
import { typedSelectionOf, selectionProblem } from './filters.js'
import { OPTION_NAMES, type OptionName, optionOf, OPTIONS } from './options.js'
import type { Problem } from './problem.js'
import type { RunOptions } from './request.js'
import type { Tokens, OptionValues } from './tokenize.js'
import { PROGRAM } from '../../io/program-name.js'

/** The options of a run, with defaults. */
export function runOptionsOf(tokens: Tokens): RunOptions {
  const { given, values } = tokens
  const { workers = DEFAULTS.workers, 'case-conflict': caseConflict, 'files-from': filesFrom } = values
  const { 'max-errors': maxErrors, 'part-size': partSize } = values
  const { 'source-sse-key': sourceKeyFile, 'target-sse-key': targetKeyFile } = values
  return {
    workers: workers === 'auto' ? MAX_WORKERS : workers,
    adaptive: workers === 'auto',
    retries: values.retries ?? DEFAULTS.retries,
    retryDelayMs: values['retry-delay'] ?? DEFAULTS.retryDelayMs,
    timeoutMs: values.timeout ?? DEFAULTS.timeoutMs,
    ...(maxErrors === undefined ? {} : { maxErrors }),
    limits: limitsOf(values),
    ...deletesOf(tokens),
    ...(caseConflict === undefined || caseConflict === 'fail' ? {} : { caseConflict }),
    compare: values.compare ?? DEFAULTS.compare,
    ...(partSize === undefined ? {} : { partSize }),
    maxMemory: values['max-memory'] ?? MAX_MEMORY,
    serverSideCopy: !given.has('no-server-side-copy'),
    proof: !given.has('no-proof'),
    ignoreExisting: given.has('ignore-existing'),
    keepNewer: given.has('keep-newer'),
    keepTimes: given.has('keep-times'),
    followLinks: given.has('follow-links'),
    versions: given.has('versions'),
    selection: typedSelectionOf(tokens),
    ...(filesFrom === undefined ? {} : { filesFrom }),
    metadataPolicy: metadataPolicyOf(tokens),
    ...(sourceKeyFile === undefined ? {} : { sourceKeyFile }),
    ...(targetKeyFile === undefined ? {} : { targetKeyFile }),
    verify: given.has('verify'),
    deep: given.has('deep'),
    verifiesOnly: false,
    dryRun: given.has('dry-run'),
    yes: given.has('yes'),
  }
}

function metadataPolicyOf(tokens: Tokens): MetadataPolicy {
  const { tags, locks, strict, sse, acl, 'storage-class': storageClass } = tokens.values
  return {
    tags: tags === undefined ? KEEP.tags : tags === 'on',
    locks: locks === undefined ? KEEP.locks : locks === 'on',
    strict: strict ?? KEEP.strict,
    storageClass: storageClass ?? KEEP.storageClass,
    encryption: sse ?? KEEP.encryption,
    acl: acl ?? KEEP.acl,
    attributes: attributeRulesOf(tokens),
  }
}

/** The rules of `--set-header` and `--set-metadata`, in order; {@link tokenize} has checked them. */
function attributeRulesOf({ repeated }: Tokens): AttributeRule[] {
  return repeated.flatMap(({ name, value }) => {
    if (name !== 'set-header' && name !== 'set-metadata') return []
    const rule = OPTIONS[name].value.parse(value, `--${name}`)
    return 'ok' in rule ? [rule.ok] : []
  })
}

function limitsOf({ 'max-rps': requestsPerSecond, bwlimit: bytesPerSecond }: OptionValues): Limits {
  return {
    ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
  }
}

function deletesOf({ given, values }: Tokens): Pick<RunOptions, 'deletes' | 'backupPrefix'> {
  const atMost = values['max-delete'] ?? DEFAULTS.maxDelete
  const backupPrefix = values['backup-prefix']
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

/** Options that need `--delete`. */
export const DELETE_OPTIONS = ['max-delete', 'ignore-errors', 'allow-empty-source'] as const

const NOT_WITH_FILES_FROM = [
  ...(['delete', 'buckets', 'verify', 'include', 'exclude', 'include-from', 'exclude-from'] as const),
  ...(['min-size', 'max-size', 'newer-than', 'older-than'] as const),
] as const

const NOT_WITH_VERSIONS = [
  ...(['delete', 'backup-prefix', 'files-from', 'ignore-existing', 'keep-newer', 'verify'] as const),
  ...(['min-size', 'max-size', 'newer-than', 'older-than'] as const),
] as const

/** `--versions` copies all versions of an object in order: it cannot be combined with options that would leave some out. */
function versionsProblem({ given, values }: Tokens): Problem | undefined {
  if (!given.has('versions')) return undefined
  const compare = values.compare ?? DEFAULTS.compare
  const other = NOT_WITH_VERSIONS.find((name) => given.has(name))
  if (other === undefined && compare === DEFAULTS.compare) return undefined
  return {
    what: `--versions and --${other ?? `compare ${compare}`} cannot be combined.`,
    todo: 'A history is copied in order and as a whole: leave one of them out.',
  }
}

const GLOBS = ['include', 'exclude', 'include-from', 'exclude-from'] as const

/** Why options cannot be combined; undefined if they can. `verifies`: the command is `verify`. */
export function optionsProblem(tokens: Tokens, verifies: boolean): Problem | undefined {
  const { given } = tokens
  const ofDelete = DELETE_OPTIONS.find((name) => given.has(name))
  if (ofDelete !== undefined && !given.has('delete'))
    return { what: `--${ofDelete} goes with --delete.`, todo: 'Add --delete, or leave it out.' }
  if (given.has('deep') && !given.has('verify') && !verifies)
    return { what: `--deep goes with --verify, or with ${PROGRAM} verify.`, todo: 'Add --verify, or leave it out.' }
  if (given.has('verify') && given.has('dry-run'))
    return {
      what: '--verify compares what was copied, and --dry-run copies nothing.',
      todo: `To compare only: ${PROGRAM} verify SOURCE TARGET.`,
    }
  const hasGlob = GLOBS.some((name) => given.has(name)) || attributeRulesOf(tokens).some(({ glob }) => glob !== undefined)
  if (given.has('ignore-case') && !hasGlob)
    return { what: '--ignore-case needs a glob.', todo: 'Add --include or --exclude, or leave it out.' }
  if (given.has('files-from')) {
    const other = NOT_WITH_FILES_FROM.find((name) => given.has(name))
    if (other !== undefined)
      return {
        what: `--files-from and --${other} cannot be combined.`,
        todo: 'The file names each object: leave one of them out.',
      }
  }
  const histories = versionsProblem(tokens)
  if (histories !== undefined) return histories
  return selectionProblem(typedSelectionOf(tokens))
}

/** The options of a run, each as one word of a command line, without those of the output. */
export function typedOptions({ given, typed, repeated }: Tokens): string[] {
  const once = OPTION_NAMES.filter((name) => {
    const { onResume, repeatable } = optionOf(name)
    return given.has(name) && onResume !== undefined && repeatable !== true
  })
  const word = (name: OptionName, value: string): string => (value === '' ? `--${name}` : `--${name}=${value}`)
  return [...once.map((name) => word(name, typed.get(name) ?? '')), ...repeated.map(({ name, value }) => word(name, value))]
}
