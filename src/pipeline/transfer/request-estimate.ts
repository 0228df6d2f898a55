import type { RequestCounts } from '../events/request-counts.js'
import { LIMITS, PART_SIZE, PART_SIZE_ON_SERVER, partSizeFor } from '../plan/part-size.js'
import type { SyncPlan } from '../plan/sync-plan.js'

type How = Pick<SyncPlan, 'serverSideCopy' | 'largestCopy' | 'partThreshold' | 'partSize'>

/** The requests to copy an object of `size` bytes without errors; for a multipart copy, with the predicted part size. */
export function requestsFor(size: number, { serverSideCopy, largestCopy, partThreshold, partSize }: How): RequestCounts {
  if (serverSideCopy && size <= largestCopy) return { CopyObject: 1 }
  if (!serverSideCopy && size <= partThreshold) return { GetObject: 1, PutObject: 1 }
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
