import { compareKeys } from '../../src/pipeline/ports/key-order.js'
import type { ListRequest } from '../../src/pipeline/ports/objects.js'

/** A version of an object, or a delete marker when it has none. */
export interface Kept<T> {
  readonly key: string
  readonly versionId: string
  readonly object: T | undefined
  /** ms since the epoch */
  readonly at: number
}

/** The versions in the buckets of a {@link MemoryStore}. */
export class Histories<T> {
  /** By bucket and key, oldest first. */
  private readonly kept = new Map<string, Map<string, Kept<T>[]>>()
  private count = 0

  /** Enables versioning of a bucket. Its existing objects become versions without a number. */
  keep(bucket: string, held: readonly (readonly [key: string, object: T & { readonly lastModified: number }])[]): void {
    if (this.kept.has(bucket)) return
    const before = held.map(([key, object]) => [key, [{ key, versionId: 'null', object, at: object.lastModified }]] as const)
    this.kept.set(bucket, new Map<string, Kept<T>[]>(before.map(([key, versions]) => [key, [...versions]])))
  }

  keeps(bucket: string): boolean {
    return this.kept.has(bucket)
  }

  /** Adds the newest version; returns its id if the bucket keeps versions. */
  add(bucket: string, key: string, object: T | undefined, at: number): string | undefined {
    const keys = this.kept.get(bucket)
    if (keys === undefined) return undefined
    const versionId = `v${++this.count}`
    keys.set(key, [...(keys.get(key) ?? []), { key, versionId, object, at }])
    return versionId
  }

  /** The versions of one key, oldest first. */
  of(bucket: string, key: string): readonly Kept<T>[] {
    return this.kept.get(bucket)?.get(key) ?? []
  }

  /** Replaces the object of a version. */
  change(bucket: string, key: string, versionId: string | undefined, object: T): void {
    const versions = this.of(bucket, key)
    const changed = versions.map((one, i) =>
      one.versionId === versionId || (versionId === undefined && i === versions.length - 1) ? { ...one, object } : one,
    )
    this.kept.get(bucket)?.set(key, changed)
  }

  /** A page in the order of S3: keys ascend, and each key's versions begin with the newest. A token names the last entry of a page. */
  page(
    { bucket, prefix, after, token, limit }: ListRequest,
    size: number,
    order: (a: string, b: string) => number = compareKeys,
  ): { readonly versions: readonly (Kept<T> & { readonly isLatest: boolean })[]; readonly next?: string } {
    const keys = [...(this.kept.get(bucket)?.keys() ?? [])].filter((key) => key.startsWith(prefix)).sort(order)
    const behind = keys.filter((key) => after === undefined || order(key, after) > 0)
    const all = behind.flatMap((key) => [...this.of(bucket, key)].reverse().map((one, i) => ({ ...one, isLatest: i === 0 })))
    const id = ({ key, versionId }: Kept<T>): string => `${versionId} ${key}`
    const start = token === undefined ? 0 : all.findIndex((one) => id(one) === token) + 1
    const versions = all.slice(start, start + (limit ?? size))
    const last = versions.at(-1)
    return { versions, ...(last !== undefined && last !== all.at(-1) ? { next: id(last) } : {}) }
  }
}
