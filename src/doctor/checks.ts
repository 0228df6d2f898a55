import type { CheckId, Finding } from './report.js'
import {
  checkAcl,
  checkEncryption,
  checkObjectLock,
  checkStorageClasses,
  checkTags,
  checkVersioning,
  checkWebsiteRedirect,
} from './feature-checks.js'
import { checkChecksum, checkContentMd5 } from './checksum-checks.js'
import { runCheck, type CheckResult } from './verdict.js'
import { checkKeys } from './key-checks.js'
import { checkKeyOrder, checkListV2, checkPaging, checkStartAfter, checkUrlEncoding } from './listing-checks.js'
import { checkMultipart } from './multipart-checks.js'
import type { CheckContext, BucketAccess } from './check-context.js'
import { checkRegion, checkAddressing } from './address-checks.js'
import { checkConditionalReads, checkRanges } from './read-checks.js'
import { checkThroughput } from './throughput.js'
import { checkHeaders, checkMetadata } from './metadata-checks.js'
import { checkBatchDeletes, checkConditionalWrites, checkEtagMd5, checkServerSideCopy } from './write-checks.js'

/** One step of an examination. */
export interface Step {
  /** The checks it makes; those without a finding are `unknown`. */
  readonly checks: readonly CheckId[]
  /** False: it only reads. */
  readonly isWriting: boolean
  readonly run: (context: CheckContext, access: BucketAccess) => Promise<readonly Finding[]>
}

/** One check. It may throw a `StoreError`, which becomes its finding. */
type Check = (context: CheckContext, access: BucketAccess) => Promise<CheckResult>

const reading = (check: CheckId, ask: Check): Step => singleCheck(check, false, ask)
const writing = (check: CheckId, ask: Check): Step => singleCheck(check, true, ask)

function singleCheck(check: CheckId, isWriting: boolean, ask: Check): Step {
  return { checks: [check], isWriting, run: async (context, access) => [await runCheck(check, () => ask(context, access))] }
}

/** In the order of `CHECKS`, without those that the preflight makes. */
export const STEPS: readonly Step[] = [
  reading('region', checkRegion),
  reading('path-style', (context) => checkAddressing(context, true)),
  reading('virtual-host', (context) => checkAddressing(context, false)),
  reading('list-v2', checkListV2),
  reading('url-encoding', checkUrlEncoding),
  reading('key-order', checkKeyOrder),
  reading('start-after', checkStartAfter),
  reading('paging', checkPaging),
  reading('ranges', checkRanges),
  reading('conditional-reads', checkConditionalReads),
  writing('etag-md5', checkEtagMd5),
  writing('metadata', checkMetadata),
  writing('headers', checkHeaders),
  writing('conditional-writes', checkConditionalWrites),
  writing('server-side-copy', checkServerSideCopy),
  writing('batch-deletes', checkBatchDeletes),
  {
    checks: ['multipart', 'list-parts', 'multipart-etag', 'part-size-told', 'part-copy', 'part-numbers'],
    isWriting: true,
    run: checkMultipart,
  },
  writing('keys-unicode', (context) => checkKeys(context, 'keys-unicode')),
  writing('keys-slashes', (context) => checkKeys(context, 'keys-slashes')),
  writing('keys-dots', (context) => checkKeys(context, 'keys-dots')),
  writing('keys-siblings', (context) => checkKeys(context, 'keys-siblings')),
  writing('keys-control', (context) => checkKeys(context, 'keys-control')),
  writing('keys-long', (context) => checkKeys(context, 'keys-long')),
  writing('content-md5', checkContentMd5),
  writing('checksum-crc32', (context) => checkChecksum(context, 'crc32')),
  writing('checksum-crc64nvme', (context) => checkChecksum(context, 'crc64nvme')),
  writing('tags', checkTags),
  writing('storage-classes', checkStorageClasses),
  writing('encryption', checkEncryption),
  writing('website-redirect', checkWebsiteRedirect),
  writing('acl', checkAcl),
  reading('object-lock', checkObjectLock),
  writing('throughput', checkThroughput),
  reading('versioning', checkVersioning),
]
