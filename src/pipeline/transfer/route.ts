import type { Emit } from '../events/emit.js'
import type { OnRetry } from '../flow/attempt.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { MetadataCopier } from '../metadata/metadata-copier.js'
import type { Stores } from '../ports/stores.js'
import type { EtagTrust } from '../run/etag-trust.js'
import type { DryRunSample } from './dry-run-sample.js'

/** Receives what happens during a transfer. */
export interface Listener {
  readonly onRetry: OnRetry
  readonly emit: Emit
}

/** Between which stores objects move, and what is known of that. */
export interface Route {
  readonly stores: Stores
  readonly trust: EtagTrust
  /** Between the two sides of the pair, or within the target's bucket. */
  readonly copies: 'copies' | 'backups'
  readonly metadataCopier: MetadataCopier
}

/** The route of a pair, with what a dry run tells of it, and which backups it leaves alone. */
export interface PairRoute extends Route {
  readonly sample: DryRunSample
  readonly backups: PairBackups
}
