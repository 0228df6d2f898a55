import type { CheckId, Finding } from './report.js'
import { acl, encryption, objectLock, storageClasses, tags, versioning, websiteRedirect } from './feature-checks.js'
import { checksum, contentMd5 } from './checksum-checks.js'
import { judge, type Judgement } from './verdict.js'
import { oddKeys } from './key-checks.js'
import { keyOrder, listV2, paging, startAfter, urlEncoding } from './listing-checks.js'
import { multipart } from './multipart-checks.js'
import type { Patient, Place } from './subject.js'
import { region, style } from './address-checks.js'
import { conditionalReads, ranges } from './read-checks.js'
import { throughput } from './throughput.js'
import { headers, metadata } from './metadata-checks.js'
import { batchDeletes, conditionalWrites, etagMd5, serverSideCopy } from './write-checks.js'

/** One step of an examination. */
export interface Step {
  /** What it can answer; what it leaves out is unknown. */
  readonly checks: readonly CheckId[]
  /** It writes, or it only looks. */
  readonly writes: boolean
  readonly take: (patient: Patient, place: Place) => Promise<readonly Finding[]>
}

/** What a check asks; it may throw what a store throws. */
type Ask = (patient: Patient, place: Place) => Promise<Judgement>

const looks = (check: CheckId, ask: Ask): Step => step(check, false, ask)
const writes = (check: CheckId, ask: Ask): Step => step(check, true, ask)

function step(check: CheckId, isWriting: boolean, ask: Ask): Step {
  return { checks: [check], writes: isWriting, take: async (p, place) => [await judge(check, () => ask(p, place))] }
}

/** In the order of `CHECKS`. What was found out at the door is not among them. */
export const STEPS: readonly Step[] = [
  looks('region', region),
  looks('path-style', (p) => style(p, true)),
  looks('virtual-host', (p) => style(p, false)),
  looks('list-v2', listV2),
  looks('url-encoding', urlEncoding),
  looks('key-order', keyOrder),
  looks('start-after', startAfter),
  looks('paging', paging),
  looks('ranges', ranges),
  looks('conditional-reads', conditionalReads),
  writes('etag-md5', etagMd5),
  writes('metadata', metadata),
  writes('headers', headers),
  writes('conditional-writes', conditionalWrites),
  writes('server-side-copy', serverSideCopy),
  writes('batch-deletes', batchDeletes),
  {
    checks: ['multipart', 'list-parts', 'multipart-etag', 'part-size-told', 'part-copy', 'part-numbers'],
    writes: true,
    take: multipart,
  },
  writes('keys-unicode', (p) => oddKeys(p, 'keys-unicode')),
  writes('keys-slashes', (p) => oddKeys(p, 'keys-slashes')),
  writes('keys-dots', (p) => oddKeys(p, 'keys-dots')),
  writes('keys-siblings', (p) => oddKeys(p, 'keys-siblings')),
  writes('keys-control', (p) => oddKeys(p, 'keys-control')),
  writes('keys-long', (p) => oddKeys(p, 'keys-long')),
  writes('content-md5', contentMd5),
  writes('checksum-crc32', (p) => checksum(p, 'crc32')),
  writes('checksum-crc64nvme', (p) => checksum(p, 'crc64nvme')),
  writes('tags', tags),
  writes('storage-classes', storageClasses),
  writes('encryption', encryption),
  writes('website-redirect', websiteRedirect),
  writes('acl', acl),
  looks('object-lock', objectLock),
  writes('throughput', throughput),
  looks('versioning', versioning),
]
