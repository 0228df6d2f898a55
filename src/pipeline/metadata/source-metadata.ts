import { extrasOf, KEY_NEEDED, type MetadataPolicy, strength } from '../plan/metadata-policy.js'
import { metadataOf } from '../ports/absent-facets.js'
import type { BucketPair } from '../ports/bucket-pair.js'
import { type Loss, NO_PROPERTIES, type Property } from '../ports/object-metadata.js'
import type { ObjectEntry, ObjectHead, ObjectRef, VersionRef } from '../ports/objects.js'
import { onSide } from '../ports/on-side.js'
import type { Stores } from '../ports/stores.js'
import type { Run } from '../run/run-context.js'
import type { TargetCapabilities } from '../run/target-capabilities.js'
import { COMPOSITE, type ExpectedMetadata, isPlain, missedInFiles } from './expected-metadata.js'
import { isFinal, lost } from './property-lost.js'

/** Reads from the source what metadata a copy should have. */
export class SourceMetadata {
  private looks: Promise<boolean> | undefined
  private readonly metadataPolicy: MetadataPolicy

  constructor(
    private readonly run: Run,
    private readonly pair: BucketPair,
    private readonly stores: Stores,
    private readonly capabilities: TargetCapabilities,
  ) {
    this.metadataPolicy = run.plan.metadataPolicy
  }

  /** The metadata that the copy of an object should have; undefined if there is nothing special. `carried`: the server copies the tags. */
  expected(from: VersionRef, head: ObjectHead, signal: AbortSignal, carried?: 'carried'): Promise<ExpectedMetadata> | undefined {
    const { acl, encryption, storageClass } = this.metadataPolicy
    const asks = acl !== 'target' || typeof encryption === 'object' || Object.keys(storageClass).length > 0
    if (!asks && head.properties === NO_PROPERTIES && isPlain(head)) return undefined
    return this.expectedOf(from, head, signal, carried === 'carried')
  }

  /** The same for a server-side copy: sends a HEAD only if the object's attributes change, or the bucket's settings require it. */
  async expectedOnServer(
    from: VersionRef,
    { storageClass }: ObjectEntry,
    isChanged: boolean,
    signal: AbortSignal,
  ): Promise<ExpectedMetadata | undefined> {
    const { metadataPolicy } = this
    const { source } = this.stores
    const none = metadataPolicy.tags ? {} : { tags: {} }
    if (isChanged || (await this.mustLook(from, signal))) {
      const head = await onSide('source', source.head({ ...from, signal }))
      const expected = (await this.expected(from, head, signal, 'carried')) ?? { ...NOTHING, attributes: head.attributes }
      return { ...expected, extras: { ...expected.extras, ...none } }
    }
    const properties = storageClass === undefined ? NO_PROPERTIES : { storageClass }
    const losses: Loss[] = []
    const acl =
      metadataPolicy.acl === 'copy' ? await this.told('acl', metadataOf(source).acl({ ...from, signal }), losses) : undefined
    // If the object's encryption is unknown, the target's default does not matter: the write sets only what the user asked for.
    const extras = { ...extrasOf({ properties, acl }, metadataPolicy, undefined, 0), ...none }
    if (Object.keys(extras).length === 0 && losses.length === 0) return undefined
    const { encryption } = extras
    return { ...NOTHING, extras, losses, ...(encryption && { encryption }) }
  }

  private async expectedOf(from: VersionRef, head: ObjectHead, signal: AbortSignal, carried: boolean): Promise<ExpectedMetadata> {
    const { source, target } = this.stores
    const { metadataPolicy } = this
    const ref = { ...from, signal }
    const { properties, tagCount } = head
    const isFile = target.metadata === undefined
    const losses: Loss[] = head.isComposite === true && source.metadata !== undefined && !isFile ? [COMPOSITE] : []
    const hasTags = metadataPolicy.tags && tagCount > 0
    const tags = hasTags && !carried ? await this.told('tags', metadataOf(source).tags(ref), losses) : undefined
    const acl = metadataPolicy.acl === 'copy' ? await this.told('acl', metadataOf(source).acl(ref), losses) : undefined
    if (losses.length > 0 && metadataPolicy.strict) throw lost(losses)
    const keepsEncryption = !isFile && metadataPolicy.encryption === 'keep' && properties.encryption !== undefined
    const rule = keepsEncryption ? await this.capabilities.ownRule(this.pair.target.bucket, signal) : undefined
    const all = extrasOf({ properties, tags, acl }, metadataPolicy, rule, this.run.scheduler.now())
    const extras = isFile ? missedInFiles(all) : all
    const encryption = keepsEncryption ? properties.encryption : extras.encryption
    return {
      extras,
      losses,
      attributes: isFile ? withoutTime(head.attributes) : head.attributes,
      tagCount: carried && hasTags ? tagCount : Object.keys(tags ?? {}).length,
      checksums: source.metadata !== undefined && !isFile ? head.checksums : [],
      ...(encryption && { encryption }),
    }
  }

  /** A property as read from the source; if it cannot be read, it is reported as lost. */
  private async told<T>(property: Property, asked: Promise<T>, losses: Loss[]): Promise<T | undefined> {
    try {
      return await onSide('source', asked)
    } catch (error) {
      if (!isFinal(error) || error.failure.reason === 'not-found') throw error
      losses.push({ property, why: `the source does not tell it: ${error.failure.code}` })
      return undefined
    }
  }

  /**
   * Whether objects may have metadata that listings do not show and server-side copies lose, judging by the bucket's rules and one object:
   * then each object is looked at.
   */
  private async mustLook(from: ObjectRef, signal: AbortSignal): Promise<boolean> {
    if (this.metadataPolicy.strict) return true
    const { source } = this.stores
    if (source.metadata === undefined) return false
    // An object that can't be read fails alone: those that waited for its answer ask with their own object.
    while (this.looks !== undefined) {
      const found = await this.looks.catch(() => undefined)
      if (found !== undefined) return found
    }
    const { bucket } = this.pair.source
    const asked = (async () => {
      const [{ locks, website, knowsEncryption, encryption: byDefault }, { properties, attributes }] = await Promise.all([
        onSide('source', metadataOf(source).bucketRules({ bucket, signal })),
        onSide('source', source.head({ ...from, signal })),
      ])
      const { redirect, encryption } = properties
      if (locks || website || redirect !== undefined || attributes.expires !== undefined) return true
      if (this.metadataPolicy.encryption !== 'keep') return false
      // Each object may have an encryption of its own.
      const strongest = knowsEncryption ? KEY_NEEDED : Math.max(strength(encryption), strength(byDefault))
      return strongest > strength(await this.capabilities.ownRule(this.pair.target.bucket, signal))
    })()
    this.looks = asked
    asked.catch(() => (this.looks = undefined))
    return asked
  }
}

const NOTHING: ExpectedMetadata = { extras: {}, attributes: { metadata: {} }, tagCount: 0, checksums: [], losses: [] }

/** Removes the modification time that an upload stored in the metadata: the file itself gets it. */
function withoutTime({
  metadata: { mtime: _time, ...metadata },
  ...headers
}: ObjectHead['attributes']): ObjectHead['attributes'] {
  return { ...headers, metadata }
}
