import { FLAG } from '../values.js'
import type { OptionGroup } from './option-spec.js'

export const RUNS = {
  failed: { value: FLAG, help: 'with show: the keys that failed, in the format of --files-from', commands: ['runs'] },
  lost: { value: FLAG, help: 'with show: each object that lost metadata, and what it lost', commands: ['runs'] },
} as const satisfies OptionGroup
