import type { BucketPair } from '../ports/bucket-pair.js'
import type { Encryption } from '../ports/object-metadata.js'
import type { EtagFacts } from '../events/values.js'
import { etagFactsOf } from '../state/learned.js'
import type { Learning } from './learning.js'

/** How far the ETags of a pair can be trusted to be MD5s, and how to record changes. */
export interface EtagTrust {
  readonly facts: EtagFacts
  learn(change: Partial<EtagFacts>): void
}

/** The trust in a pair's ETags during a run: from what the run learned; changes are events. */
export function pairTrust(learning: Learning, pair: BucketPair): EtagTrust {
  return {
    get facts() {
      return etagFactsOf(learning.learned(), pair)
    },
    learn(change) {
      const facts = etagFactsOf(learning.learned(), pair)
      learning.learn({ type: 'etag-trust-changed', at: learning.scheduler.now(), pair, ...facts, ...change })
    },
  }
}

/** New trust that is not shared: for one backup or one verification. */
export function newTrust(): EtagTrust {
  let facts: EtagFacts = { etags: 'md5', isTested: false, hasHidden: false }
  return {
    get facts() {
      return facts
    },
    learn(change) {
      facts = { ...facts, ...change }
    },
  }
}

/** Whether encryption makes an ETag differ from the MD5: SSE-KMS and SSE-C (S3 API reference, "Object"). */
export function hidesMd5(encryption: Encryption | undefined): boolean {
  return encryption !== undefined && encryption.algorithm !== 'AES256'
}

/**
 * The same for an object in flight. If so, the earlier test of two other objects does not apply to all: the next two differing ETags are
 * tested again.
 */
export function learnEncryption(trust: EtagTrust, encryption: Encryption | undefined): boolean {
  const isHidden = hidesMd5(encryption)
  if (isHidden && trust.facts.etags === 'md5' && !trust.facts.hasHidden) trust.learn({ hasHidden: true, isTested: false })
  return isHidden
}
