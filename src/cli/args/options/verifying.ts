import { FLAG } from '../values.js'
import { COMPARING_COMMANDS, type OptionGroup, RUN_COMMANDS } from './option-spec.js'

export const VERIFYING = {
  verify: {
    value: FLAG,
    help: 'at the end: compare both sides; exit 5 where they differ',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  deep: {
    value: FLAG,
    help: 'with --verify: read all objects on both sides and compare their bytes',
    commands: COMPARING_COMMANDS,
    helpOf: { verify: 'read all objects on both sides and compare their bytes' },
    onResume: 'same',
  },
} as const satisfies OptionGroup
