import { LIMITS } from '../../../pipeline/plan/part-size.js'
import { file, FLAG, glob, size, WHEN } from '../values.js'
import { COMPARED, type OptionGroup, RUN } from './option-spec.js'

const ANY_SIZE = size(0, LIMITS.largestObject)

export const FILTERS = {
  include: {
    value: glob('**/*.jpg'),
    repeatable: true,
    help: "only keys that match, e.g. '*.jpg' or '2026/**'; the last matching glob decides",
    commands: COMPARED,
    onResume: 'same',
  },
  exclude: {
    value: glob('tmp/**'),
    repeatable: true,
    help: "not keys that match, e.g. '*.tmp' or 'tmp/'",
    commands: COMPARED,
    onResume: 'same',
  },
  'include-from': {
    value: file('globs.txt'),
    repeatable: true,
    help: 'like --include for each line of a file; lines that begin with # are comments',
    commands: COMPARED,
    onResume: 'same',
  },
  'exclude-from': {
    value: file('globs.txt'),
    repeatable: true,
    help: 'like --exclude for each line of a file',
    commands: COMPARED,
    onResume: 'same',
  },
  'ignore-case': { value: FLAG, help: 'globs match capital and small letters alike', commands: COMPARED, onResume: 'same' },
  'min-size': { value: ANY_SIZE, help: 'only objects of at least this size, e.g. 1K', commands: COMPARED, onResume: 'same' },
  'max-size': { value: ANY_SIZE, help: 'only objects of at most this size, e.g. 5G', commands: COMPARED, onResume: 'same' },
  'newer-than': {
    value: WHEN,
    help: 'only objects modified since, e.g. 7d, 12h, 2026-01-31',
    commands: COMPARED,
    onResume: 'same',
  },
  'older-than': {
    value: WHEN,
    help: 'only objects last modified before, e.g. 7d, 12h, 2026-01-31',
    commands: COMPARED,
    helpOf: { runs: 'with prune: remove runs that started before, e.g. 90d (default 30d)' },
    onResume: 'same',
  },
  'files-from': {
    value: file('keys.txt'),
    help: 'only the keys in this file (- is stdin), one per line or NUL-separated; nothing is listed',
    commands: RUN,
    onResume: 'same',
  },
} as const satisfies OptionGroup
