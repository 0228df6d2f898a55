import { DEFAULTS } from '../../../pipeline/plan/defaults.js'
import { COMPARE_MODES } from '../../../pipeline/plan/sync-plan.js'
import { BUCKETS } from '../buckets.js'
import { oneOf, FLAG, textValue } from '../values.js'
import { COMPARING_COMMANDS, type OptionGroup, RUN_COMMANDS } from './option-spec.js'

export const COPYING = {
  buckets: {
    value: BUCKETS,
    help: 'with NAME: on both sides: a,b or old=new,… or all',
    commands: COMPARING_COMMANDS,
    helpOf: { runs: 'with show --failed: the bucket whose keys are printed' },
    onResume: 'same',
  },
  compare: {
    value: oneOf(COMPARE_MODES),
    default: DEFAULTS.compare,
    help: 'what decides whether an object is unchanged',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'ignore-existing': {
    value: FLAG,
    help: 'do not overwrite objects that exist at the target',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'keep-newer': {
    value: FLAG,
    help: 'do not overwrite objects that are newer at the target',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'keep-times': {
    value: FLAG,
    help: 'preserve modification times: as metadata in buckets, as the time of files',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'follow-links': {
    value: FLAG,
    help: 'in a source directory: copy what symbolic links point to',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  versions: {
    value: FLAG,
    help: 'copy all versions of each object in order, delete markers included; the target bucket must be versioned',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'case-conflict': {
    value: oneOf(['fail', 'skip', 'overwrite']),
    default: 'fail',
    help: 'what to do with A.txt and a.txt where a directory cannot distinguish them',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'dry-run': { value: FLAG, short: 'n', help: 'show what would happen and why; write nothing', commands: ['sync'] },
  'source-profile': {
    value: textValue('NAME', 'prod'),
    help: 'AWS profile for an s3:// source',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'target-profile': {
    value: textValue('NAME', 'prod'),
    help: 'AWS profile for an s3:// target',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
} as const satisfies OptionGroup
