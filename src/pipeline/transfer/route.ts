import type { Told } from '../events/emit.js'
import type { Report } from '../flow/attempt.js'
import type { PairBackups } from '../listing/known-backups.js'
import type { Keeper } from '../metadata/metadata-copier.js'
import type { Stores } from '../ports/stores.js'
import type { EtagTrust } from '../run/etag-trust.js'
import type { ServerSide } from '../run/learned.js'
import type { Sample } from './dry-run-sample.js'

/** Who hears of what happens on the way. */
export interface Listener {
  readonly report: Report
  readonly tell: Told
}

/** Between which stores objects move, and what is known of that. */
export interface Road {
  readonly stores: Stores
  readonly trust: EtagTrust
  readonly serverSide: ServerSide
  readonly keeper: Keeper
}

/** The road of a pair, with what a dry run tells of it, and which backups it leaves alone. */
export interface PairRoad extends Road {
  readonly sample: Sample
  readonly backups: PairBackups
}
