import type { BucketPair } from '../ports/bucket-pair.js'
import type { Encryption } from '../ports/object-metadata.js'
import type { EtagFacts } from '../events/values.js'
import { etagFactsOf } from '../state/learned.js'
import type { Learning } from './learning.js'

/** How far the ETags of a pair can be trusted to be MD5s, and how to say that this has changed. */
export interface EtagTrust {
  readonly facts: EtagFacts
  learn(change: Partial<EtagFacts>): void
}

/** The trust of a pair in a run: what the run has learned, and changes of it are events. */
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

/** Trust that begins anew and ends with its owner: of one backup, of one verification. */
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

/** Whether an ETag is no MD5 because of encryption: under a key of KMS or of the customer (S3 API reference, "Object"). */
export function hidesMd5(encryption: Encryption | undefined): boolean {
  return encryption !== undefined && encryption.algorithm !== 'AES256'
}

/** The same of an object in flight. If so, what two others showed says nothing of all: the next two ETags that differ are tested again. */
export function learnEncryption(trust: EtagTrust, encryption: Encryption | undefined): boolean {
  const isHidden = hidesMd5(encryption)
  if (isHidden && trust.facts.etags === 'md5' && !trust.facts.hasHidden) trust.learn({ hasHidden: true, isTested: false })
  return isHidden
}
