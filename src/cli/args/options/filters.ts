import { LIMITS } from '../../../pipeline/plan/part-size.js'
import { filePath, FLAG, globValue, byteSize, AGE_OR_DATE } from '../values.js'
import { COMPARING_COMMANDS, type OptionGroup, RUN_COMMANDS } from './option-spec.js'

const ANY_SIZE = byteSize(0, LIMITS.largestObject)

export const FILTERS = {
  include: {
    value: globValue('**/*.jpg'),
    repeatable: true,
    help: "only keys that match, e.g. '*.jpg' or '2026/**'; the last matching glob decides",
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  exclude: {
    value: globValue('tmp/**'),
    repeatable: true,
    help: "not keys that match, e.g. '*.tmp' or 'tmp/'",
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'include-from': {
    value: filePath('globs.txt'),
    repeatable: true,
    help: 'like --include for each line of a file; lines that begin with # are comments',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'exclude-from': {
    value: filePath('globs.txt'),
    repeatable: true,
    help: 'like --exclude for each line of a file',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'ignore-case': {
    value: FLAG,
    help: 'globs match capital and small letters alike',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'min-size': {
    value: ANY_SIZE,
    help: 'only objects of at least this size, e.g. 1K',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'max-size': {
    value: ANY_SIZE,
    help: 'only objects of at most this size, e.g. 5G',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'newer-than': {
    value: AGE_OR_DATE,
    help: 'only objects modified since, e.g. 7d, 12h, 2026-01-31',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'older-than': {
    value: AGE_OR_DATE,
    help: 'only objects last modified before, e.g. 7d, 12h, 2026-01-31',
    commands: COMPARING_COMMANDS,
    helpOf: { runs: 'with prune: remove runs that started before, e.g. 90d (default 30d)' },
    onResume: 'same',
  },
  'files-from': {
    value: filePath('keys.txt'),
    help: 'only the keys in this file (- is stdin), one per line or NUL-separated; nothing is listed',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
} as const satisfies OptionGroup
