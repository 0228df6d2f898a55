import { DEFAULTS, MAX_WORKERS } from '../../../pipeline/plan/defaults.js'
import { LIMITS, PART_SIZE } from '../../../pipeline/plan/part-size.js'
import { MAX_MEMORY, SMALLEST_MEMORY } from '../../../pipeline/run/memory-budget.js'
import { shortSize } from '../units.js'
import { DURATION, FLAG, byteSize, TIMEOUT, wholeNumber, wholeNumberOr } from '../values.js'
import { COMPARING_COMMANDS, type OptionGroup, RUN_COMMANDS } from './option-spec.js'

export const PERFORMANCE = {
  workers: {
    value: wholeNumberOr('auto', 1, MAX_WORKERS),
    short: 'w',
    alias: 'max-workers',
    default: String(DEFAULTS.workers),
    help: `objects in flight, 1 to ${MAX_WORKERS}; auto: adapts to the servers`,
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  retries: {
    value: wholeNumber(0, 100),
    default: String(DEFAULTS.retries),
    help: 'retries per object; the wait doubles: 2, 4, 8, 16, 32 s',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  'retry-delay': {
    value: DURATION,
    default: `${DEFAULTS.retryDelayMs / 1_000}s`,
    help: 'wait before the first retry, e.g. 500ms, 2s, 1m',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  timeout: {
    value: TIMEOUT,
    default: `${DEFAULTS.timeoutMs / 1_000}s`,
    help: 'a request fails after this time without a byte sent or received',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  'max-errors': {
    value: wholeNumber(1),
    default: 'none',
    help: 'stop after N failed objects',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  bwlimit: {
    value: byteSize(1024, 2 ** 40),
    default: 'none',
    help: 'bytes per second through this machine, at most, e.g. 50M',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  'max-rps': {
    value: wholeNumber(1, 1_000_000),
    default: 'none',
    help: 'requests per second to both sides together, at most',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  'max-memory': {
    value: byteSize(SMALLEST_MEMORY, 2 ** 40),
    default: shortSize(MAX_MEMORY),
    help: 'memory for object data in flight; a small limit slows large objects',
    commands: COMPARING_COMMANDS,
    onResume: 'changes',
  },
  'part-size': {
    value: byteSize(LIMITS.smallestPart, LIMITS.largestPart),
    default: `the source’s own, else ${shortSize(PART_SIZE)}`,
    help: 'part size of objects above 64M',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'no-server-side-copy': {
    value: FLAG,
    help: 'copy through this machine, even when both sides are the same endpoint',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'no-proof': {
    value: FLAG,
    help: 'faster: no hashing and reading back where the ETag proves nothing; damaged bytes may then go unnoticed',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
} as const satisfies OptionGroup
