import { DEFAULTS } from '../../../pipeline/plan/defaults.js'
import { BACKUP_PREFIX } from '../backup-prefix.js'
import { FLAG, MAX_DELETE } from '../values.js'
import { type OptionGroup, RUN_COMMANDS } from './option-spec.js'

export const DELETING = {
  delete: {
    value: FLAG,
    help: 'at the end: delete objects at the target that do not exist at the source',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'max-delete': {
    value: MAX_DELETE,
    default: `${DEFAULTS.maxDelete.percent}%`,
    help: 'delete nothing if more than N objects, or N% of a target, would be deleted',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'allow-empty-source': {
    value: FLAG,
    help: 'with --delete: also when the source has no objects',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'ignore-errors': {
    value: FLAG,
    help: 'with --delete: also when objects failed to copy; never when a listing failed',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'backup-prefix': {
    value: BACKUP_PREFIX,
    help: 'before overwriting or deleting, copy the object below this prefix of the target bucket',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
} as const satisfies OptionGroup
