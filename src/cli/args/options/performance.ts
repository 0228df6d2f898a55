import { DEFAULTS, MAX_WORKERS } from '../../../pipeline/plan/defaults.js'
import { LIMITS, PART_SIZE } from '../../../pipeline/plan/part-size.js'
import { MAX_MEMORY, SMALLEST_MEMORY } from '../../../pipeline/run/memory-budget.js'
import { shortSize } from '../units.js'
import { DURATION, FLAG, size, whole, wholeOr } from '../values.js'
import { COMPARED, type OptionGroup, RUN } from './option-spec.js'

export const PERFORMANCE = {
  workers: {
    value: wholeOr('auto', 1, MAX_WORKERS),
    short: 'w',
    alias: 'max-workers',
    default: String(DEFAULTS.workers),
    help: `objects in flight, 1 to ${MAX_WORKERS}; auto: adapts to the servers`,
    commands: COMPARED,
    onResume: 'changes',
  },
  retries: {
    value: whole(0, 100),
    default: String(DEFAULTS.retries),
    help: 'retries per object; the wait doubles: 2, 4, 8, 16, 32 s',
    commands: COMPARED,
    onResume: 'changes',
  },
  'retry-delay': {
    value: DURATION,
    default: `${DEFAULTS.retryDelayMs / 1_000}s`,
    help: 'wait before the first retry, e.g. 500ms, 2s, 1m',
    commands: COMPARED,
    onResume: 'changes',
  },
  'max-errors': {
    value: whole(1),
    default: 'none',
    help: 'stop after N failed objects',
    commands: COMPARED,
    onResume: 'changes',
  },
  bwlimit: {
    value: size(1024, 2 ** 40),
    default: 'none',
    help: 'bytes per second through this machine, at most, e.g. 50M',
    commands: COMPARED,
    onResume: 'changes',
  },
  'max-rps': {
    value: whole(1, 1_000_000),
    default: 'none',
    help: 'requests per second to both sides together, at most',
    commands: COMPARED,
    onResume: 'changes',
  },
  'max-memory': {
    value: size(SMALLEST_MEMORY, 2 ** 40),
    default: shortSize(MAX_MEMORY),
    help: 'memory for object data in flight; a small limit slows large objects',
    commands: COMPARED,
    onResume: 'changes',
  },
  'part-size': {
    value: size(LIMITS.smallestPart, LIMITS.largestPart),
    default: `the source’s own, else ${shortSize(PART_SIZE)}`,
    help: 'part size of objects above 64M',
    commands: RUN,
    onResume: 'same',
  },
  'no-server-side-copy': {
    value: FLAG,
    help: 'copy through this machine, even when both sides are the same endpoint',
    commands: RUN,
    onResume: 'same',
  },
} as const satisfies OptionGroup
