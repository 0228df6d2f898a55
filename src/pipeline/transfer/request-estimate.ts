import type { RequestCounts } from '../events/request-counts.js'
import { largestInOnePiece, LIMITS, PART_SIZE, PART_SIZE_ON_SERVER, partSizeFor } from '../plan/part-size.js'
import type { SyncPlan } from '../plan/sync-plan.js'
import type { ObjectEntry } from '../ports/objects.js'
import { isMd5 } from '../proof/compare-etags.js'

type How = Pick<SyncPlan, 'serverSideCopy' | 'largestCopy' | 'partThreshold' | 'largestWhole' | 'proof' | 'partSize'>

/** The requests to copy an object without errors; for a multipart copy, with the predicted part size. */
export function requestsFor({ size, etag }: Pick<ObjectEntry, 'size' | 'etag'>, plan: How): RequestCounts {
  const { serverSideCopy, largestCopy, partSize } = plan
  if (serverSideCopy && size <= largestCopy) return { CopyObject: 1 }
  if (!serverSideCopy && size <= largestInOnePiece(plan, isMd5(etag))) return { GetObject: 1, PutObject: 1 }
  const usual = partSize ?? (serverSideCopy ? PART_SIZE_ON_SERVER : PART_SIZE)
  const parts = Math.min(LIMITS.parts, Math.ceil(size / partSizeFor(size, usual)))
  const moved = serverSideCopy ? { UploadPartCopy: parts } : { GetObject: parts, UploadPart: parts }
  return { HeadObject: 1, CreateMultipartUpload: 1, ...moved, CompleteMultipartUpload: 1 }
}

/** The copy to the backup, and a HEAD of object and backup before it. */
export const BACKUP_REQUESTS: RequestCounts = { HeadObject: 2, CopyObject: 1 }

/** The highest rate measured between two endpoints. */
export interface Rate {
  readonly objectsPerSecond: number
  readonly bytesPerSecond: number
}
