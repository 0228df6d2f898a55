import type { Connection } from '../../io/connection.js'
import type { Failure } from '../../pipeline/ports/failure.js'
import type { Tally } from '../../pipeline/events/values.js'
import type { Remaining } from '../../pipeline/state/remaining-work.js'

/** A connection as a person enters it: the fields of a saved one. Holds secrets in the clear: it goes to {@link GuidedWorld}, never to a screen. */
export type ConnectionDraft = Connection

/** What a list of connections shows of one. */
export interface ConnectionSummary {
  readonly name: string
  readonly endpoint?: string
  /** One of the environment's can't be changed here. */
  readonly editable: boolean
}

/** A kept connection by its name, or one that is still being made. */
export type ConnectionRef = string | ConnectionDraft

export type BucketsAnswer =
  | { readonly kind: 'listed'; readonly names: readonly string[] }
  /** The login seems to work, but it may not list buckets. */
  | { readonly kind: 'denied'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure }

export type BucketAnswer =
  { readonly kind: 'exists' } | { readonly kind: 'missing' } | { readonly kind: 'failed'; readonly failure: Failure }

/** One line of the dependency check. */
export interface Dependency {
  readonly name: string
  readonly ok: boolean
  /** A version, or what to do. */
  readonly detail: string
}

/** An earlier run that did not come to its end. */
export interface Unfinished {
  readonly run: string
  /** ms since the epoch */
  readonly startedAt: number
  readonly left: Remaining
}

export type Field = 'name' | 'endpoint' | 'region' | 'bucket'

/** Whole buckets, by name. */
export interface NamePair {
  readonly source: string
  readonly target: string
}

/** What the guided flow needs of the world. No call throws for what an endpoint answers, except `count`. */
export interface GuidedWorld {
  dependencies(): Promise<readonly Dependency[]>
  connections(): Promise<readonly ConnectionSummary[]>
  /** What was kept under a name, to be edited; undefined when it is gone. */
  draft(name: string): Promise<ConnectionDraft | undefined>
  /** Keeps a connection under its name, replacing an older one: all of it or nothing. */
  save(draft: ConnectionDraft): Promise<void>
  /** What is wrong with the form of a field, in a sentence; the value is never empty. */
  check(field: Field, value: string): string | undefined
  /** What of the rules for names a bucket's breaks, and whether they bind at that endpoint; undefined for a good one. */
  naming(connection: ConnectionRef, bucket: string): Promise<{ readonly why: string; readonly isAws: boolean } | undefined>
  /** Tries a login (ListBuckets). */
  buckets(connection: ConnectionRef): Promise<BucketsAnswer>
  /** Tries one bucket (HeadBucket). */
  bucket(connection: ConnectionRef, bucket: string): Promise<BucketAnswer>
  /** Running totals of a bucket, the last being the whole. Throws a `StoreError`: of code `Aborted` soon after an abort. */
  count(connection: string, bucket: string, signal: AbortSignal): AsyncIterable<Tally>
  /** The latest run of the very same buckets between the same endpoints, where it can be resumed. */
  unfinished(source: string, target: string, pairs: readonly NamePair[]): Promise<Unfinished | undefined>
}
