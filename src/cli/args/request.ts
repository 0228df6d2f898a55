import type { MetadataPolicy } from '../../pipeline/plan/metadata-policy.js'
import type { CompareMode, Deletes, Limits } from '../../pipeline/plan/sync-plan.js'
import type { BucketChoice } from './buckets.js'
import type { CommandName, Shell } from './commands.js'
import type { Location } from './locations.js'
import type { TypedSelection } from './filters.js'
import type { When } from './units.js'

/** Where results go. */
export interface OutputOptions {
  readonly json: boolean
  readonly events: boolean
  readonly jsonFile?: string
  readonly logFile?: string
  /** Absent: as the terminal and the environment want it. */
  readonly color?: boolean
  readonly quiet: boolean
  readonly verbose: boolean
}

/** How a run goes about its work; the same for one-shot and guided runs. */
export interface RunOptions {
  /** At most; with `adaptive`, as many of them as pay. */
  readonly workers: number
  readonly adaptive: boolean
  readonly retries: number
  readonly retryDelayMs: number
  readonly maxErrors?: number
  /** bytes; absent: the source's own, else the usual one */
  readonly partSize?: number
  /** bytes in flight, all together */
  readonly maxMemory: number
  /** Where source and target are one endpoint, it copies server-side. */
  readonly serverSideCopy: boolean
  readonly limits: Limits
  readonly compare: CompareMode
  readonly ignoreExisting: boolean
  readonly keepNewer: boolean
  readonly keepTimes: boolean
  readonly followLinks: boolean
  /** The histories of the objects are copied, not only what they are now. */
  readonly versions: boolean
  readonly selection: TypedSelection
  /** Present with `--delete`. */
  readonly deletes?: Deletes
  readonly backupPrefix?: string
  /** Absent: a key that the target can't tell from another fails. */
  readonly caseConflict?: 'skip' | 'overwrite'
  /** A file of keys, `-` being stdin: these and no others, and nothing is listed. */
  readonly filesFrom?: string
  /** Which metadata is copied. */
  readonly metadataPolicy: MetadataPolicy
  /** Files that hold a customer's keys, as typed: objects of that side are encrypted with it (SSE-C). */
  readonly sourceKeyFile?: string
  readonly targetKeyFile?: string
  /** Both sides are compared when all else is done; `deep`: by their bytes. */
  readonly verify: boolean
  readonly deep: boolean
  /** Comparing is all that is done. */
  readonly verifiesOnly: boolean
  readonly dryRun: boolean
  readonly yes: boolean
}

/** The options of a run as a command line would give them again, each in one word: what a journal keeps. */
export interface Typed {
  readonly typed: readonly string[]
}

export interface SyncRequest extends RunOptions, Typed {
  readonly source: Location
  readonly target: Location
  readonly buckets?: BucketChoice
  readonly sourceProfile?: string
  readonly targetProfile?: string
  readonly output: OutputOptions
}

/** Options given to the guided flow; `workers` only where it was typed, since it is asked for otherwise. */
export interface GuidedRequest extends Omit<RunOptions, 'workers'>, Typed {
  readonly workers?: number
  readonly output: OutputOptions
}

/** Answers to `connections add` from the command line; the rest is asked for. */
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
  /** `names`: instead of a summary, the objects that failed or lost something. */
  | { readonly action: 'show'; readonly run: string; readonly names?: 'failed' | 'lost'; readonly bucket?: string }
  /** `typed`: options that were given once more, or others that change how it goes about its work. */
  | ({ readonly action: 'resume'; readonly run: string } & Typed)
  | { readonly action: 'prune'; readonly olderThan: When }

/** What `doctor` looks at: an endpoint, in a bucket of its own or in one that is named. */
export interface DoctorRequest {
  /** Absent: AWS with the default credentials. */
  readonly name?: string
  readonly bucket?: string
}

/** What a command line asks for. */
export type Parsed =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' }
  | { readonly kind: 'sync' | 'verify'; readonly request: SyncRequest }
  | { readonly kind: 'guided'; readonly request: GuidedRequest }
  | ({ readonly kind: 'connections'; readonly output: OutputOptions; readonly yes: boolean } & ConnectionsAction)
  | ({ readonly kind: 'runs'; readonly output: OutputOptions; readonly yes: boolean } & RunsAction)
  | { readonly kind: 'doctor'; readonly request: DoctorRequest & { readonly output: OutputOptions } }
  | { readonly kind: 'demo'; readonly output: OutputOptions }
  | { readonly kind: 'completion'; readonly shell: Shell }
  | UsageError

/** Bad input: what is wrong and what to do, a line each. `word`: one that is no location. `json`: `--json` was among the options, so a program reads the answer. */
export interface UsageError {
  readonly kind: 'error'
  readonly what: string
  readonly todo: string
  readonly word?: string
  readonly json: boolean
}
