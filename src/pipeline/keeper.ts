import { StoreError } from './errors.js'
import type { SampleTaken } from './events.js'
import { extrasOf, type Keeping, strength } from './keeping.js'
import type { BucketRules, ObjectEntry, ObjectHead, ObjectRef, ObjectStore, VersionRef, Written } from './ports.js'
import { type Encryption, type Extras, type Loss, NO_PROPERTIES, type Property } from './properties.js'
import { at, type Run } from './run.js'
import type { BucketPair } from './shards.js'
import { sided } from './sided.js'
import type { Copy, Stores } from './transfer.js'
import type { Told } from './move.js'
import { blamed, type Feature, featuresOf, type Found, isPlain, isThere, toldBy, type Wish, without } from './wish.js'

/** What a target was found to hold: learnt from the first object that has something, true for all that have it. */
export class Holdings {
  /** By feature: why it gets lost; undefined where it is held. */
  private readonly known = new Map<string, string | undefined>()
  /** Somebody is finding out, and others wait for it. */
  learning: Promise<void> | undefined
  private rules: Promise<BucketRules> | undefined

  constructor(readonly store: ObjectStore) {}

  /** Why a feature gets lost here; `unknown` before anybody knows. */
  fateOf({ id }: Feature): { readonly why: string | undefined } | 'unknown' {
    if (!this.store.traits.holdsProperties) return { why: 'a file has no such thing' }
    return this.known.has(id) ? { why: this.known.get(id) } : 'unknown'
  }

  note({ id }: Feature, why: string | undefined): void {
    this.known.set(id, why)
  }

  isRefused(id: string): boolean {
    return this.known.get(id)?.startsWith(REFUSED) === true
  }

  forget({ id }: Feature): void {
    this.known.delete(id)
  }

  /** How the bucket encrypts by itself. */
  async ownRule(bucket: string, signal: AbortSignal): Promise<Encryption | undefined> {
    return (await this.rulesOf(bucket, signal)).encryption
  }

  /** Whether the bucket takes locked objects; one that is still to be made will. */
  async locksAt(bucket: string, signal: AbortSignal): Promise<boolean> {
    const { locks } = await this.rulesOf(bucket, signal)
    return locks || (await sided('target', this.store.headBucket({ bucket, signal }))) === 'missing'
  }

  /** Asked once. */
  private rulesOf(bucket: string, signal: AbortSignal): Promise<BucketRules> {
    this.rules ??= sided('target', this.store.bucketRules({ bucket, signal }))
    this.rules.catch(() => (this.rules = undefined))
    return this.rules
  }
}

/** A write was refused for what it was told beside the bytes. */
class Yielded extends Error {
  override readonly name = 'Yielded'
  constructor(
    /** What may have been the reason, and may not. */
    readonly suspected: readonly Feature[],
    cause: StoreError,
  ) {
    super(cause.message, { cause })
  }
}

const REFUSED = 'refused: '
/** So many objects of a pair stand for all when a person wants to know beforehand. */
const SAMPLE = 20
const LOCKS: readonly Property[] = ['retention', 'legal-hold']

/**
 * Sees to it that what an object is beside its bytes arrives: tells writes what to give it, does without what a target refuses, and finds out
 * what a target forgets without a word. Costs a request only where an object has something that nobody knows the fate of.
 */
export class Keeper {
  private readonly holdings: Holdings
  private looks: Promise<boolean> | undefined
  private readonly keeping: Keeping
  private sampled = 0

  constructor(
    private readonly run: Run,
    private readonly pair: BucketPair,
    private readonly stores: Stores,
  ) {
    const { bucket } = pair.target
    this.keeping = run.plan.keeping
    this.holdings = run.holdings.get(bucket) ?? new Holdings(stores.target)
    run.holdings.set(bucket, this.holdings)
  }

  /** What the copy of an object is to be like; undefined where there is nothing to see to. */
  wish(from: VersionRef, head: ObjectHead, signal: AbortSignal): Promise<Wish> | undefined {
    const { acl, encryption, storageClass } = this.keeping
    const asks = acl !== 'target' || typeof encryption === 'object' || Object.keys(storageClass).length > 0
    if (!asks && head.properties === NO_PROPERTIES && isPlain(head)) return undefined
    return this.wishOf(from, head, signal)
  }

  /** The same of an object that the server copies by itself: looked at only where the bucket gives reason to. Tags travel by themselves. */
  async wishOnServer(from: VersionRef, { storageClass }: ObjectEntry, signal: AbortSignal): Promise<Wish | undefined> {
    const { keeping } = this
    const { source } = this.stores
    const none = keeping.tags ? {} : { tags: {} }
    if (await this.mustLook(from, signal)) {
      const head = await sided('source', source.head({ ...from, signal }))
      const {
        extras: { tags: _carried, ...extras },
        ...wish
      } = (await this.wish(from, head, signal)) ?? NOTHING
      return { ...wish, extras: { ...extras, ...none } }
    }
    const properties = storageClass === undefined ? NO_PROPERTIES : { storageClass }
    const acl = keeping.acl === 'copy' ? await sided('source', source.acl({ ...from, signal })) : undefined
    const extras = { ...extrasOf({ properties, acl }, keeping, undefined, 0), ...none }
    if (Object.keys(extras).length === 0) return undefined
    const { encryption } = extras
    return { ...NOTHING, extras, ...(encryption && { encryption }) }
  }

  /** What an object has that can get lost, and what of it will, as far as the target's rules tell. Undefined when enough were looked at. */
  async sample({ from, to }: Copy, signal: AbortSignal): Promise<Pick<SampleTaken, 'has' | 'losing'> | undefined> {
    if (this.sampled++ >= SAMPLE) return undefined
    const ref = { bucket: from.bucket, key: from.entry.key }
    const wish = await this.wish(ref, await sided('source', this.stores.source.head({ ...ref, signal })), signal)
    const features = wish === undefined ? [] : featuresOf(wish)
    const isLocked = features.some(({ property }) => LOCKS.includes(property))
    const locks = isLocked ? await this.holdings.locksAt(to.bucket, signal) : true
    const losing = features.flatMap((feature): Loss[] => {
      const { property } = feature
      const fate = this.holdings.fateOf(feature)
      if (fate !== 'unknown' && fate.why !== undefined) return [{ property, why: fate.why }]
      return locks || !LOCKS.includes(property) ? [] : [{ property, why: 'the target’s bucket was made without Object Lock' }]
    })
    return { has: [...new Set(features.map(({ property }) => property))], losing }
  }

  /** What a write may be told of a wish, as far as is known by now. */
  granted(wish: Wish | undefined): Extras | undefined {
    if (wish === undefined) return undefined
    return this.stores.target.traits.holdsProperties ? without(wish.extras, (id) => this.holdings.isRefused(id)) : undefined
  }

  /**
   * Does work that writes, and does it again where a write was refused for what it was told (see {@link refusal}): told less then. Where that
   * fails as well, what was left out on suspicion was not the reason.
   */
  async yielding<T>(work: () => Promise<T>): Promise<T> {
    let suspected: readonly Feature[] = []
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (!(error instanceof Yielded)) {
          for (const feature of suspected) this.holdings.forget(feature)
          throw error
        }
        suspected = error.suspected
      }
    }
  }

  /** What a write's failure means within {@link yielding}; what it was refused for is known from now on. Fails at once under `--strict`. */
  refusal(wish: Wish | undefined, error: unknown): unknown {
    const extras = this.granted(wish)
    if (extras === undefined || !(error instanceof StoreError)) return error
    const { features, isNamed } = blamed(error.failure, toldBy(extras))
    if (features.length === 0) return error
    const why = `${REFUSED}${error.failure.code}`
    if (this.keeping.strict && isNamed) return lost(features.map(({ property }) => ({ property, why })))
    for (const feature of features) this.holdings.note(feature, why)
    return new Yielded(isNamed ? [] : features, error)
  }

  /** Locks a copy that could not be locked as it was written. */
  async lock({ retention, legalHold }: Extras, to: ObjectRef, { versionId }: Written, signal: AbortSignal): Promise<void> {
    if (retention === undefined && legalHold === undefined) return
    const locked = { ...(retention && { retention }), ...(legalHold && { legalHold }) }
    try {
      await sided('target', this.stores.target.lock({ ...to, versionId, ...locked, signal }))
    } catch (error) {
      if (!(error instanceof StoreError) || (error.failure.kind !== 'permanent' && error.failure.status !== 501)) throw error
      for (const feature of toldBy(locked)) this.holdings.note(feature, `${REFUSED}${error.failure.code}`)
    }
  }

  /**
   * Tells what of a wish did not come true for a copy that was written.
   * @throws {StoreError} `PropertyLost` (permanent) under `--strict`
   */
  async judge(
    wish: Wish | undefined,
    key: string,
    to: ObjectRef,
    written: Written,
    tell: Told,
    signal: AbortSignal,
  ): Promise<void> {
    if (wish === undefined) return
    const features = featuresOf(wish).filter((feature) => !isToldBy(feature, wish, written))
    const isUnknown = (feature: Feature): boolean => this.holdings.fateOf(feature) === 'unknown'
    while (features.some(isUnknown)) {
      const { holdings } = this
      holdings.learning ??= this.learn(features.filter(isUnknown), wish, to, written, signal).finally(() => {
        holdings.learning = undefined
      })
      await holdings.learning
    }
    const losses = features.flatMap((feature): Loss[] => {
      const fate = this.holdings.fateOf(feature)
      return fate === 'unknown' || fate.why === undefined ? [] : [{ property: feature.property, why: fate.why }]
    })
    if (losses.length === 0) return
    if (this.keeping.strict) throw lost(losses)
    tell({ type: 'properties-lost', ...at(this.run), pair: this.pair, key, losses })
  }

  /** Looks at a copy for what nobody knows yet. What a login may not look at counts as held: nothing says otherwise. */
  private async learn(
    features: readonly Feature[],
    wish: Wish,
    to: ObjectRef,
    { versionId }: Written,
    signal: AbortSignal,
  ): Promise<void> {
    const { target } = this.stores
    const ref = { ...to, versionId, signal }
    const asksFor = (property: Feature['property']): boolean => features.some((feature) => feature.property === property)
    const head = await this.answered(target.head(ref))
    if (head === 'denied') {
      for (const feature of features) this.holdings.note(feature, undefined)
      return
    }
    // Not every server counts tags on a HEAD.
    const tags = head?.tagCount === 0 && asksFor('tags') ? await this.answered(target.tags(ref)) : undefined
    const acl = asksFor('acl') ? await this.answered(target.acl(ref)) : undefined
    const found: Found = {
      ...(head ?? { attributes: { metadata: {} }, properties: NO_PROPERTIES, checksums: [] }),
      tagCount: head?.tagCount === 0 ? Object.keys(tags ?? {}).length : (head?.tagCount ?? 0),
      ...(acl !== undefined && acl !== 'denied' ? { acl } : {}),
    }
    for (const feature of features) {
      const isHidden = (feature.property === 'acl' && acl === 'denied') || (feature.property === 'tags' && tags === 'denied')
      this.holdings.note(feature, isHidden || isThere(feature, wish, found) ? undefined : FORGOTTEN)
    }
  }

  /** What the target answers; undefined where it does not know the question. */
  private async answered<T>(asked: Promise<T>): Promise<T | 'denied' | undefined> {
    try {
      return await sided('target', asked)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      const { kind, status } = error.failure
      if (kind !== 'permanent' && status !== 501) throw error
      return status === 403 ? 'denied' : undefined
    }
  }

  private async wishOf(from: VersionRef, head: ObjectHead, signal: AbortSignal): Promise<Wish> {
    const { source } = this.stores
    const { keeping } = this
    const ref = { ...from, signal }
    const { properties, tagCount } = head
    const tags = keeping.tags && tagCount > 0 ? await sided('source', source.tags(ref)) : undefined
    const acl = keeping.acl === 'copy' ? await sided('source', source.acl(ref)) : undefined
    const keepsEncryption = keeping.encryption === 'keep' && properties.encryption !== undefined
    const rule = keepsEncryption ? await this.holdings.ownRule(this.pair.target.bucket, signal) : undefined
    const extras = extrasOf({ properties, tags, acl }, keeping, rule, this.run.scheduler.now())
    const encryption = keepsEncryption ? properties.encryption : extras.encryption
    return {
      extras,
      attributes: this.stores.target.traits.holdsProperties ? head.attributes : withoutTime(head.attributes),
      tagCount: Object.keys(tags ?? {}).length,
      checksums: source.traits.holdsProperties ? head.checksums : [],
      ...(encryption && { encryption }),
    }
  }

  /** Whether objects have what listings do not tell and a copy on the server loses: as far as the bucket's rules and one of them say. */
  private mustLook(from: ObjectRef, signal: AbortSignal): Promise<boolean> {
    if (this.keeping.strict) return Promise.resolve(true)
    const { source } = this.stores
    if (!source.traits.holdsProperties) return Promise.resolve(false)
    this.looks ??= (async () => {
      const { bucket } = this.pair.source
      const [{ locks, website }, { properties }] = await Promise.all([
        sided('source', source.bucketRules({ bucket, signal })),
        sided('source', source.head({ ...from, signal })),
      ])
      const { redirect, encryption } = properties
      if (locks || website || redirect !== undefined) return true
      if (encryption === undefined || this.keeping.encryption !== 'keep') return false
      return strength(encryption) > strength(await this.holdings.ownRule(this.pair.target.bucket, signal))
    })()
    this.looks.catch(() => (this.looks = undefined))
    return this.looks
  }
}

const NOTHING: Wish = { extras: {}, attributes: { metadata: {} }, tagCount: 0, checksums: [] }

const FORGOTTEN = 'the target does not keep it'

/** The time that travels with a file is given back to it. */
function withoutTime({
  metadata: { mtime: _time, ...metadata },
  ...headers
}: ObjectHead['attributes']): ObjectHead['attributes'] {
  return { ...headers, metadata }
}

/** Answers to writes tell how the bytes are kept. */
function isToldBy(feature: Feature, wish: Wish, { encryption }: Written): boolean {
  if (feature.property !== 'encryption' || encryption === undefined) return false
  return isThere(feature, wish, { attributes: { metadata: {} }, properties: { encryption }, checksums: [], tagCount: 0 })
}

function lost(losses: readonly Loss[]): StoreError {
  const message = losses.map(({ property, why }) => `${property} (${why})`).join(', ')
  return new StoreError({ kind: 'permanent', operation: 'Copy', code: 'PropertyLost', message, side: 'target' })
}
