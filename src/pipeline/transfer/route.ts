import type { Emit } from '../events/emit.js'
import type { OnRetry } from '../flow/attempt.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { MetadataCopier } from '../metadata/metadata-copier.js'
import type { Stores } from '../ports/stores.js'
import type { EtagTrust } from '../run/etag-trust.js'
import type { ChangesOf } from '../run/run-context.js'
import type { DryRunSample } from './dry-run-sample.js'

/** Receives the events of a transfer. */
export interface Listener {
  readonly onRetry: OnRetry
  readonly emit: Emit
}

/** The stores of a transfer, and what is known about them. */
export interface Route {
  readonly stores: Stores
  readonly trust: EtagTrust
  /** Between source and target of the pair, or within the target's bucket. */
  readonly copies: 'copies' | 'backups'
  readonly metadataCopier: MetadataCopier
  /** Changes to the attributes, which the source's store already shows; absent: there are none. */
  readonly changesOf?: ChangesOf | undefined
}

/** The route of a pair, with its dry-run sample and the backups that it must not overwrite. */
export interface PairRoute extends Route {
  readonly sample: DryRunSample
  readonly backups: PairBackups
}
