import type { Connection } from '../../io/connection.js'
import type { Failure } from '../../pipeline/ports/failure.js'
import type { Tally } from '../../pipeline/events/values.js'
import type { Remaining } from '../../pipeline/state/remaining-work.js'

/** A connection as the user enters it, with the fields of a saved one. Contains secrets in plain text: pass it to {@link WizardPort} only, never to a screen. */
export type ConnectionDraft = Connection

/** A connection in a list. */
export interface ConnectionSummary {
  readonly name: string
  readonly endpoint?: string
  /** False for a connection of the environment. */
  readonly editable: boolean
}

/** A saved connection by name, or one that is not saved yet. */
export type ConnectionRef = string | ConnectionDraft

export type ListBucketsResult =
  | { readonly kind: 'listed'; readonly names: readonly string[] }
  /** The login works, but listing buckets is denied. */
  | { readonly kind: 'denied'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure }

export type BucketCheckResult =
  { readonly kind: 'exists' } | { readonly kind: 'missing' } | { readonly kind: 'failed'; readonly failure: Failure }

/** One line of the dependency check. */
export interface Dependency {
  readonly name: string
  readonly ok: boolean
  /** A version, or what to do. */
  readonly detail: string
}

/** An earlier run that did not finish. */
export interface UnfinishedRun {
  readonly run: string
  /** ms since the epoch */
  readonly startedAt: number
  readonly remaining: Remaining
}

export type CheckedField = 'name' | 'endpoint' | 'region' | 'bucket'

/** A bucket's names at source and target. */
export interface BucketNames {
  readonly source: string
  readonly target: string
}

/** What the wizard needs from connections, endpoints and earlier runs. Only `countObjects` throws when a request fails. */
export interface WizardPort {
  dependencies(): Promise<readonly Dependency[]>
  listConnections(): Promise<readonly ConnectionSummary[]>
  /** A saved connection, to be edited; undefined if there is none of that name. */
  savedDraft(name: string): Promise<ConnectionDraft | undefined>
  /** Saves a connection under its name, atomically; replaces an older one. */
  saveConnection(draft: ConnectionDraft): Promise<void>
  /** What is wrong with the syntax of a field's value, in a sentence. The value is never empty. */
  fieldProblem(field: CheckedField, value: string): string | undefined
  /** Which naming rule of AWS a bucket name breaks, and whether the endpoint is AWS; undefined for a valid name. */
  bucketNameProblem(
    connection: ConnectionRef,
    bucket: string,
  ): Promise<{ readonly why: string; readonly isAws: boolean } | undefined>
  /** Tries a login (ListBuckets). */
  listBuckets(connection: ConnectionRef): Promise<ListBucketsResult>
  /** Tries one bucket (HeadBucket). */
  checkBucket(connection: ConnectionRef, bucket: string): Promise<BucketCheckResult>
  /** Running totals of a bucket; the last is complete. Throws a `StoreError`, with code `Aborted` soon after an abort. */
  countObjects(connection: string, bucket: string, signal: AbortSignal): AsyncIterable<Tally>
  /** The latest run of exactly these buckets between the same endpoints, if it can be resumed. */
  findUnfinishedRun(source: string, target: string, pairs: readonly BucketNames[]): Promise<UnfinishedRun | undefined>
}
