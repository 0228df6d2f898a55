import type { MetadataPolicy } from '../../pipeline/plan/metadata-policy.js'
import type { CompareMode, Deletes, Limits } from '../../pipeline/plan/sync-plan.js'
import type { BucketChoice } from './buckets.js'
import type { CommandName, Shell } from './commands.js'
import type { Location } from './locations.js'
import type { OutputOptions } from './output-options.js'
import type { TypedSelection } from './filters.js'
import type { AgeOrDate } from './units.js'

/** Options of a run, from the command line or the wizard. */
export interface RunOptions {
  /** Objects copied at once; with `adaptive`, the maximum. */
  readonly workers: number
  readonly adaptive: boolean
  readonly retries: number
  readonly retryDelayMs: number
  /** How long a request may wait without a byte sent or received. */
  readonly timeoutMs: number
  readonly maxErrors?: number
  /** bytes; absent: the source's part size, else the default */
  readonly partSize?: number
  /** bytes in flight, in total */
  readonly maxMemory: number
  /** Copy server-side if source and target are the same endpoint. */
  readonly serverSideCopy: boolean
  /** Prove each copy's bytes, also where that costs time. */
  readonly proof: boolean
  readonly limits: Limits
  readonly compare: CompareMode
  readonly ignoreExisting: boolean
  readonly keepNewer: boolean
  readonly keepTimes: boolean
  readonly followLinks: boolean
  /** Copy all versions of the objects. */
  readonly versions: boolean
  readonly selection: TypedSelection
  /** Present with `--delete`. */
  readonly deletes?: Deletes
  readonly backupPrefix?: string
  /** Absent: an object whose key differs from another only in case fails if the target ignores case. */
  readonly caseConflict?: 'skip' | 'overwrite'
  /** A file of keys (`-`: stdin): only these are copied, and nothing is listed. */
  readonly filesFrom?: string
  /** Which metadata is copied. */
  readonly metadataPolicy: MetadataPolicy
  /** Files with the SSE-C keys of source and target, as typed. */
  readonly sourceKeyFile?: string
  readonly targetKeyFile?: string
  /** Compare source and target after the copies; `deep`: by their bytes. */
  readonly verify: boolean
  readonly deep: boolean
  /** Only compare. */
  readonly verifiesOnly: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

/** The options of a run, each as one word of a command line: saved in the journal. */
export interface TypedOptions {
  readonly typed: readonly string[]
}

export interface SyncRequest extends RunOptions, TypedOptions {
  readonly source: Location
  readonly target: Location
  readonly buckets?: BucketChoice
  readonly sourceProfile?: string
  readonly targetProfile?: string
  readonly output: OutputOptions
}

/** Options typed for the wizard. `workers` is absent if it was not typed: the wizard asks for it. */
export interface WizardRequest extends Omit<RunOptions, 'workers'>, TypedOptions {
  readonly workers?: number
  readonly output: OutputOptions
}

/** Options of `connections add`; the wizard asks for the rest. */
export interface ConnectionOptions {
  readonly profile?: string
  readonly roleArn?: string
  readonly pathStyle?: boolean
  readonly caFile?: string
  readonly insecure?: boolean
  readonly anonymous?: boolean
  readonly requesterPays?: boolean
}

export type ConnectionsAction =
  | { readonly action: 'list' }
  | { readonly action: 'show' | 'test' | 'remove'; readonly name: string }
  | { readonly action: 'add'; readonly name: string; readonly options: ConnectionOptions }
  | { readonly action: 'import'; readonly file: string }

export type RunsAction =
  | { readonly action: 'list' }
  /** `names`: list the objects that failed or lost metadata instead of a summary. */
  | { readonly action: 'show'; readonly run: string; readonly names?: 'failed' | 'lost'; readonly bucket?: string }
  /** `typed`: options given with the resume. */
  | ({ readonly action: 'resume'; readonly run: string } & TypedOptions)
  | { readonly action: 'prune'; readonly olderThan: AgeOrDate }

/** What `doctor` examines: an endpoint, in a new bucket or a named one. */
export interface DoctorRequest {
  /** Absent: AWS with the default credentials. */
  readonly name?: string
  readonly bucket?: string
}

/** A parsed command line. */
export type ParsedCommand =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' }
  | { readonly kind: 'sync' | 'verify'; readonly request: SyncRequest }
  | { readonly kind: 'wizard'; readonly request: WizardRequest }
  | ({ readonly kind: 'connections'; readonly output: OutputOptions; readonly yes: boolean } & ConnectionsAction)
  | ({ readonly kind: 'runs'; readonly output: OutputOptions; readonly yes: boolean } & RunsAction)
  | { readonly kind: 'doctor'; readonly request: DoctorRequest & { readonly output: OutputOptions } }
  | { readonly kind: 'demo'; readonly output: OutputOptions }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | UsageError

/**
 * Bad input: what is wrong and what to do, a line each. `word`: a word that is no location. `json`: `--json` was given. `places`: SOURCE and
 * TARGET as typed, as far as they were read.
 */
export interface UsageError {
  readonly kind: 'error'
  readonly what: string
  readonly todo: string
  readonly word?: string
  readonly json: boolean
  readonly places?: { readonly source?: string; readonly target?: string }
}
