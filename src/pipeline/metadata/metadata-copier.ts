import type { Told } from '../events/emit.js'
import { extrasOf, type Keeping, strength } from '../plan/metadata-policy.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { StoreError } from '../ports/failure.js'
import { type Extras, type Feature, type Loss, NO_PROPERTIES, type Property } from '../ports/object-metadata.js'
import type { ObjectEntry, ObjectHead, ObjectRef, VersionRef, Written } from '../ports/object-store.js'
import { sided } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import { at, type Run } from '../run/run-context.js'
import { FORGOTTEN, HELD, Holdings, whyRefused } from '../run/target-capabilities.js'
import {
  blamed,
  COMPOSITE,
  featuresOf,
  type Found,
  isPlain,
  isThere,
  missedInFiles,
  toldBy,
  type Wish,
  without,
} from './expected-metadata.js'

/** What one write is not told, to find out whether that was why the one before was refused without saying why. */
export interface Suspicion {
  readonly features: readonly Feature[]
  /** Of the refusal. */
  readonly code: string
}

const NO_SUSPICION: Suspicion = { features: [], code: '' }

/** A write was refused for what it was told beside the bytes. */
class Yielded extends Error {
  override readonly name = 'Yielded'
  constructor(
    readonly suspicion: Suspicion,
    cause: StoreError,
  ) {
    super(cause.message, { cause })
  }
}

/**
 * Sees to it that what an object is beside its bytes arrives: tells writes what to give it, does without what a target refuses, and finds out
 * what a target forgets without a word. Costs a request only where an object has something that nobody knows the fate of.
 */
export class Keeper {
  readonly holdings: Holdings
  private looks: Promise<boolean> | undefined
  private readonly keeping: Keeping

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

  /** What the copy of an object is to be like; undefined where there is nothing to see to. `carried`: its tags travel by themselves. */
  wish(from: VersionRef, head: ObjectHead, signal: AbortSignal, carried?: 'carried'): Promise<Wish> | undefined {
    const { acl, encryption, storageClass } = this.keeping
    const asks = acl !== 'target' || typeof encryption === 'object' || Object.keys(storageClass).length > 0
    if (!asks && head.properties === NO_PROPERTIES && isPlain(head)) return undefined
    return this.wishOf(from, head, signal, carried === 'carried')
  }

  /** The same of an object that the server copies by itself: looked at only where the bucket gives reason to. */
  async wishOnServer(from: VersionRef, { storageClass }: ObjectEntry, signal: AbortSignal): Promise<Wish | undefined> {
    const { keeping } = this
    const { source } = this.stores
    const none = keeping.tags ? {} : { tags: {} }
    if (await this.mustLook(from, signal)) {
      const head = await sided('source', source.head({ ...from, signal }))
      const wish = (await this.wish(from, head, signal, 'carried')) ?? NOTHING
      return { ...wish, extras: { ...wish.extras, ...none } }
    }
    const properties = storageClass === undefined ? NO_PROPERTIES : { storageClass }
    const losses: Loss[] = []
    const acl = keeping.acl === 'copy' ? await this.told('acl', source.acl({ ...from, signal }), losses) : undefined
    // How the target encrypts by itself does not matter to an object of which no encryption is known: only what was asked for is told.
    const extras = { ...extrasOf({ properties, acl }, keeping, undefined, 0), ...none }
    if (Object.keys(extras).length === 0 && losses.length === 0) return undefined
    const { encryption } = extras
    return { ...NOTHING, extras, losses, ...(encryption && { encryption }) }
  }

  /** What a write may be told of a wish, as far as is known by now. */
  granted(wish: Wish | undefined, { features }: Suspicion = NO_SUSPICION): Extras | undefined {
    if (wish === undefined || !this.stores.target.traits.holdsProperties) return undefined
    return without(wish.extras, (id) => this.holdings.isRefused(id) || features.some((suspect) => suspect.id === id))
  }

  /** Does work that writes, by way of {@link written}, and does it again, telling less, where a write was refused for what it was told. */
  async yielding<T>(work: (suspicion: Suspicion) => Promise<T>): Promise<T> {
    let suspicion = NO_SUSPICION
    for (;;) {
      try {
        return await work(suspicion)
      } catch (error) {
        if (!(error instanceof Yielded)) throw error
        suspicion = error.suspicion
      }
    }
  }

  /**
   * Awaits a write that was told so much. What a refusal names is known from now on; what may only have been the reason is known when the
   * write succeeds without. Under `--strict` a refusal that names something is a failure at once.
   */
  async written<T>(told: Extras | undefined, suspicion: Suspicion, write: Promise<T>): Promise<T> {
    try {
      const answer = await sided('target', write)
      this.holdings.refuses(suspicion.features, suspicion.code)
      return answer
    } catch (error) {
      if (told === undefined || !(error instanceof StoreError)) throw error
      const { code } = error.failure
      const { features, isNamed } = blamed(error.failure, toldBy(told))
      if (features.length === 0) throw error
      if (!isNamed) throw new Yielded({ features, code }, error)
      if (this.keeping.strict) throw lost(features.map(({ property }) => ({ property, why: whyRefused(code) })))
      this.holdings.refuses(features, code)
      throw new Yielded(suspicion, error)
    }
  }

  /** Locks a copy that could not be locked as it was written. */
  async lock({ retention, legalHold }: Extras, to: ObjectRef, { versionId }: Written, signal: AbortSignal): Promise<void> {
    const locked = { ...(retention && { retention }), ...(legalHold && { legalHold }) }
    try {
      await sided('target', this.stores.target.lock({ ...to, versionId, ...locked, signal }))
    } catch (error) {
      if (!isFinal(error)) throw error
      this.holdings.refuses(toldBy(locked), error.failure.code)
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
    const { holdings } = this
    const features = featuresOf(wish).filter((feature) => !isToldBy(feature, wish, written))
    for (;;) {
      const unknown = features.filter((feature) => holdings.fateOf(feature) === undefined)
      if (unknown.length === 0) break
      await holdings.learnt(() => this.learn(unknown, wish, to, written, signal))
    }
    const losses = [
      ...wish.losses,
      ...features.flatMap((feature): Loss[] => {
        const fate = holdings.fateOf(feature)
        return fate === undefined || fate.is === 'held' ? [] : [{ property: feature.property, why: fate.why }]
      }),
    ]
    if (losses.length === 0) return
    if (this.keeping.strict) throw lost(losses)
    tell({ type: 'properties-lost', ...at(this.run), pair: this.pair, key, losses })
  }

  /**
   * Whether an object that is at the target already lacks something that a copy would give it, as far as both HEADs tell: an earlier process
   * may have died, or failed it, between the bytes and the rest.
   */
  async isUnfinished(from: VersionRef, here: ObjectHead, there: ObjectHead, signal: AbortSignal): Promise<boolean> {
    if (!this.stores.target.traits.holdsProperties) return false
    const wish = await this.wish(from, here, signal, 'carried')
    if (wish === undefined) return false
    const lacking = featuresOf(wish).filter((feature) => feature.property !== 'acl' && !isThere(feature, wish, there))
    return lacking.some((feature) => (this.holdings.fateOf(feature) ?? HELD).is === 'held')
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
    const asksFor = (property: Property): boolean => features.some((feature) => feature.property === property)
    const head = await this.answered(target.head(ref))
    if (head === undefined || head === 'denied') {
      for (const feature of features) this.holdings.note(feature, HELD)
      return
    }
    // Not every server counts tags on a HEAD.
    const tags = head.tagCount === 0 && asksFor('tags') ? await this.answered(target.tags(ref)) : undefined
    const acl = asksFor('acl') ? await this.answered(target.acl(ref)) : undefined
    const found: Found = {
      ...head,
      tagCount: head.tagCount === 0 ? Object.keys(tags ?? {}).length : head.tagCount,
      ...(acl !== undefined && acl !== 'denied' ? { acl } : {}),
    }
    for (const feature of features) {
      const isHidden = (feature.property === 'acl' && acl === 'denied') || (feature.property === 'tags' && tags === 'denied')
      this.holdings.note(feature, isHidden || isThere(feature, wish, found) ? HELD : FORGOTTEN)
    }
  }

  /** What the target answers; undefined where it does not know the question. */
  private async answered<T>(asked: Promise<T>): Promise<T | 'denied' | undefined> {
    try {
      return await sided('target', asked)
    } catch (error) {
      // What was written and is not there was not written.
      if (!isFinal(error) || error.failure.code === 'NoSuchKey') throw error
      return error.failure.status === 403 ? 'denied' : undefined
    }
  }

  private async wishOf(from: VersionRef, head: ObjectHead, signal: AbortSignal, carried: boolean): Promise<Wish> {
    const { source, target } = this.stores
    const { keeping } = this
    const ref = { ...from, signal }
    const { properties, tagCount } = head
    const isFile = !target.traits.holdsProperties
    const losses: Loss[] = head.isComposite === true && source.traits.holdsProperties && !isFile ? [COMPOSITE] : []
    const hasTags = keeping.tags && tagCount > 0
    const tags = hasTags && !carried ? await this.told('tags', source.tags(ref), losses) : undefined
    const acl = keeping.acl === 'copy' ? await this.told('acl', source.acl(ref), losses) : undefined
    if (losses.length > 0 && keeping.strict) throw lost(losses)
    const keepsEncryption = !isFile && keeping.encryption === 'keep' && properties.encryption !== undefined
    const rule = keepsEncryption ? await this.holdings.ownRule(this.pair.target.bucket, signal) : undefined
    const all = extrasOf({ properties, tags, acl }, keeping, rule, this.run.scheduler.now())
    const extras = isFile ? missedInFiles(all) : all
    const encryption = keepsEncryption ? properties.encryption : extras.encryption
    return {
      extras,
      losses,
      attributes: isFile ? withoutTime(head.attributes) : head.attributes,
      tagCount: carried && hasTags ? tagCount : Object.keys(tags ?? {}).length,
      checksums: source.traits.holdsProperties && !isFile ? head.checksums : [],
      ...(encryption && { encryption }),
    }
  }

  /** What the source tells of a property; where it does not, that is lost. */
  private async told<T>(property: Property, asked: Promise<T>, losses: Loss[]): Promise<T | undefined> {
    try {
      return await sided('source', asked)
    } catch (error) {
      if (!isFinal(error) || error.failure.code === 'NoSuchKey') throw error
      losses.push({ property, why: `the source does not tell it: ${error.failure.code}` })
      return undefined
    }
  }

  /** Whether objects have what listings do not tell and a copy on the server loses: as far as the bucket's rules and one of them say. */
  private mustLook(from: ObjectRef, signal: AbortSignal): Promise<boolean> {
    if (this.keeping.strict) return Promise.resolve(true)
    const { source } = this.stores
    if (!source.traits.holdsProperties) return Promise.resolve(false)
    this.looks ??= (async () => {
      const { bucket } = this.pair.source
      const [{ locks, website, encryption: byDefault }, { properties, attributes }] = await Promise.all([
        sided('source', source.bucketRules({ bucket, signal })),
        sided('source', source.head({ ...from, signal })),
      ])
      const { redirect, encryption } = properties
      if (locks || website || redirect !== undefined || attributes.expires !== undefined) return true
      const strongest = Math.max(strength(encryption), strength(byDefault))
      if (strongest === 0 || this.keeping.encryption !== 'keep') return false
      return strongest > strength(await this.holdings.ownRule(this.pair.target.bucket, signal))
    })()
    this.looks.catch(() => (this.looks = undefined))
    return this.looks
  }
}

const NOTHING: Wish = { extras: {}, attributes: { metadata: {} }, tagCount: 0, checksums: [], losses: [] }

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

/** Whether asking again would not help. */
function isFinal(error: unknown): error is StoreError {
  if (!(error instanceof StoreError) || error.failure.code === 'Aborted') return false
  return error.failure.kind === 'permanent' || error.failure.status === 501
}

function lost(losses: readonly Loss[]): StoreError {
  const message = losses.map(({ property, why }) => `${property} (${why})`).join(', ')
  return new StoreError({ kind: 'permanent', operation: 'Copy', code: 'PropertyLost', message, side: 'target' })
}
