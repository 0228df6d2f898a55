import { LARGEST_COPY, LARGEST_WHOLE, PART_THRESHOLD } from '../../pipeline/plan/part-size.js'
import type { SyncPlan } from '../../pipeline/plan/sync-plan.js'
import type { BucketPair } from '../../pipeline/ports/bucket-pair.js'
import type { RunOptions } from '../args/request.js'
import { selectionAt } from '../args/filters.js'
import { isLocalSide, type OpenSide } from './open-endpoints.js'

/** What a plan is built from. */
export interface PlanInput {
  /** As typed. */
  readonly source: string
  readonly target: string
  readonly sides: { readonly source: OpenSide; readonly target: OpenSide }
  readonly pairs: readonly BucketPair[]
  readonly options: RunOptions
  /** `--verbose` */
  readonly tellSkips: boolean
}

/** The plan of a run. `now`: ms since the epoch; `--newer-than` and `--older-than` count back from it. */
export function buildPlan({ source, target, sides, pairs, options, tellSkips }: PlanInput, run: string, now: number): SyncPlan {
  const { workers, adaptive, retries, retryDelayMs, maxErrors, maxMemory, partSize, limits } = options
  const { verify, verifiesOnly, deep } = options
  const { compare, ignoreExisting, keepNewer, keepTimes, versions, dryRun, deletes, backupPrefix, caseConflict, selection } =
    options
  return {
    ...{ run, source, target, pairs, workers, adaptive, retries, retryDelayMs, maxMemory, limits },
    ...{ compare, ignoreExisting, keepNewer, keepTimes, versions, dryRun, tellSkips, verifiesOnly },
    ...(verify || verifiesOnly ? { verifies: { deep } } : {}),
    selection: selectionAt(selection, now),
    ...(deletes === undefined ? {} : { deletes }),
    ...(backupPrefix === undefined ? {} : { backupPrefix }),
    ...(caseConflict === undefined ? {} : { caseConflict }),
    ...(maxErrors === undefined ? {} : { maxErrors }),
    ...(partSize === undefined ? {} : { partSize }),
    metadataPolicy: options.metadataPolicy,
    serverSideCopy: options.serverSideCopy && canCopyServerSide(sides, keepTimes),
    proof: options.proof,
    partThreshold: PART_THRESHOLD,
    largestWhole: partSize === undefined ? LARGEST_WHOLE : PART_THRESHOLD,
    largestCopy: LARGEST_COPY,
  }
}

/** Whether source and target are the same endpoint, and it can copy everything the run needs. */
function canCopyServerSide({ source, target }: PlanInput['sides'], keepTimes: boolean): boolean {
  return source.store.endpoint === target.store.endpoint && (!keepTimes || isLocalSide(source))
}
