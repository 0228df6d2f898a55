import { SMALLEST_MEMORY } from '../../pipeline/run/memory-budget.js'
import { LIMITS } from '../../pipeline/plan/part-size.js'
import type { CommandName } from './commands.js'
import type { ValueKind } from './values.js'

export interface OptionSpec {
  readonly name: string
  /** A letter, or another whole name. */
  readonly aliases: readonly string[]
  readonly value: ValueKind
  /** It may be given several times; then the order counts. */
  readonly repeatable?: true
  /** As help shows it. */
  readonly default?: string
  readonly help: string
  readonly commands: readonly CommandName[]
}

const SYNC = ['sync'] as const
/** Options of a run, which a resume may be given again. */
const RUN = ['sync', 'runs'] as const
/** Those that comparing takes as well. */
const COMPARED = ['sync', 'runs', 'verify'] as const
const SHOWN = ['sync', 'demo', 'runs', 'verify'] as const
const ALL = ['sync', 'demo', 'connections', 'completion', 'runs', 'verify', 'doctor'] as const
const JSON_COMMANDS = ['sync', 'demo', 'connections', 'runs', 'verify', 'doctor'] as const
const CONNECTIONS = ['connections'] as const
const RUNS = ['runs'] as const
const FLAG = { kind: 'flag' } as const
const ANY_SIZE = { kind: 'size', min: 0, max: LIMITS.largestObject } as const

/** Every option: minimist's configuration, the help, the completions and the errors are all read off this table (cli.md, options). */
export const OPTIONS = [
  {
    name: 'workers',
    aliases: ['w', 'max-workers'],
    value: { kind: 'whole', min: 1, max: 1024, word: 'auto' },
    default: '10',
    help: 'objects in flight at once, 1 to 1024; auto finds out how many pay',
    commands: COMPARED,
  },
  {
    name: 'retries',
    aliases: [],
    value: { kind: 'whole', min: 0, max: 100 },
    default: '5',
    help: 'further attempts per object; the wait doubles: 2, 4, 8, 16, 32 s',
    commands: COMPARED,
  },
  {
    name: 'retry-delay',
    aliases: [],
    value: { kind: 'duration' },
    default: '2s',
    help: 'wait before the second attempt, e.g. 500ms, 2s, 1m',
    commands: COMPARED,
  },
  {
    name: 'max-errors',
    aliases: [],
    value: { kind: 'whole', min: 1, max: Number.MAX_SAFE_INTEGER },
    default: 'none',
    help: 'stop when so many objects have failed',
    commands: COMPARED,
  },
  {
    name: 'buckets',
    aliases: [],
    value: { kind: 'text', placeholder: 'LIST' },
    help: 'with NAME: on both sides: a,b or old=new,… or all',
    commands: COMPARED,
  },
  {
    name: 'compare',
    aliases: [],
    value: { kind: 'choice', choices: ['auto', 'size', 'etag', 'mtime', 'checksum', 'always'] },
    default: 'auto',
    help: 'what tells that an object is unchanged',
    commands: RUN,
  },
  {
    name: 'part-size',
    aliases: [],
    value: { kind: 'size', min: LIMITS.smallestPart, max: LIMITS.largestPart },
    default: 'the source’s own, else 16M',
    help: 'size of the parts that objects above 64M are copied in',
    commands: RUN,
  },
  {
    name: 'max-memory',
    aliases: [],
    value: { kind: 'size', min: SMALLEST_MEMORY, max: 2 ** 40 },
    default: '64M',
    help: 'bytes on their way, all together; a small one slows large objects',
    commands: COMPARED,
  },
  {
    name: 'max-rps',
    aliases: [],
    value: { kind: 'whole', min: 1, max: 1_000_000 },
    default: 'none',
    help: 'requests a second at most, of both sides together',
    commands: COMPARED,
  },
  {
    name: 'bwlimit',
    aliases: [],
    value: { kind: 'size', min: 1024, max: 2 ** 40 },
    default: 'none',
    help: 'bytes a second at most that pass through here, e.g. 50M',
    commands: COMPARED,
  },
  {
    name: 'no-server-side-copy',
    aliases: [],
    value: FLAG,
    help: 'let the bytes pass here, also where both sides are one endpoint',
    commands: RUN,
  },
  {
    name: 'include',
    aliases: [],
    value: { kind: 'text', placeholder: 'GLOB' },
    repeatable: true,
    help: 'only keys like this, e.g. "*.jpg" or "2026/**"; the last glob that matches decides',
    commands: COMPARED,
  },
  {
    name: 'exclude',
    aliases: [],
    value: { kind: 'text', placeholder: 'GLOB' },
    repeatable: true,
    help: 'not keys like this, e.g. "*.tmp" or "tmp/"',
    commands: COMPARED,
  },
  {
    name: 'include-from',
    aliases: [],
    value: { kind: 'text', placeholder: 'FILE' },
    repeatable: true,
    help: 'like --include for each line of a file; lines that begin with # are comments',
    commands: COMPARED,
  },
  {
    name: 'exclude-from',
    aliases: [],
    value: { kind: 'text', placeholder: 'FILE' },
    repeatable: true,
    help: 'like --exclude for each line of a file',
    commands: COMPARED,
  },
  { name: 'ignore-case', aliases: [], value: FLAG, help: 'globs: capital and small letters are the same', commands: COMPARED },
  { name: 'min-size', aliases: [], value: ANY_SIZE, help: 'only objects of at least this size', commands: COMPARED },
  { name: 'max-size', aliases: [], value: ANY_SIZE, help: 'only objects of at most this size', commands: COMPARED },
  {
    name: 'newer-than',
    aliases: [],
    value: { kind: 'when' },
    help: 'only objects modified since, e.g. 7d, 12h, 2026-01-31',
    commands: COMPARED,
  },
  { name: 'older-than', aliases: [], value: { kind: 'when' }, help: 'only objects not modified since', commands: COMPARED },
  {
    name: 'files-from',
    aliases: [],
    value: { kind: 'text', placeholder: 'FILE' },
    help: 'only the keys in this file (- is stdin), one a line or NUL-separated; lists nothing',
    commands: RUN,
  },
  {
    name: 'keep-newer',
    aliases: [],
    value: FLAG,
    help: 'leave alone what is newer at the target, though it differs',
    commands: RUN,
  },
  {
    name: 'keep-times',
    aliases: [],
    value: FLAG,
    help: 'when objects were modified travels with them, and is given to files',
    commands: RUN,
  },
  {
    name: 'follow-links',
    aliases: [],
    value: FLAG,
    help: 'in a source directory, symbolic links are what they lead to',
    commands: COMPARED,
  },
  {
    name: 'versions',
    aliases: [],
    value: FLAG,
    help: 'copy the history of each object in order, delete markers too, into a bucket that keeps versions',
    commands: RUN,
  },
  { name: 'ignore-existing', aliases: [], value: FLAG, help: 'leave alone what exists at the target', commands: RUN },
  {
    name: 'delete',
    aliases: [],
    value: FLAG,
    help: 'when all else is done: delete at the target what the source does not have',
    commands: RUN,
  },
  {
    name: 'max-delete',
    aliases: [],
    value: { kind: 'share' },
    default: '25%',
    help: 'delete nothing at all where more would go: N objects in all, or N% of a target',
    commands: RUN,
  },
  {
    name: 'case-conflict',
    aliases: [],
    value: { kind: 'choice', choices: ['fail', 'skip', 'overwrite'] },
    default: 'fail',
    help: 'for A.txt beside a.txt where a directory can’t tell them apart',
    commands: RUN,
  },
  {
    name: 'allow-empty-source',
    aliases: [],
    value: FLAG,
    help: 'with --delete: also when the source has no objects at all',
    commands: RUN,
  },
  {
    name: 'ignore-errors',
    aliases: [],
    value: FLAG,
    help: 'with --delete: also when objects failed to copy; never where a listing failed',
    commands: RUN,
  },
  {
    name: 'backup-prefix',
    aliases: [],
    value: { kind: 'text', placeholder: 'PREFIX' },
    help: 'before overwriting or deleting, copy below this prefix of the target bucket',
    commands: RUN,
  },
  {
    name: 'tags',
    aliases: [],
    value: { kind: 'choice', choices: ['on', 'off'] },
    default: 'on',
    help: 'whether tags travel with the objects',
    commands: RUN,
  },
  {
    name: 'storage-class',
    aliases: [],
    value: { kind: 'text', placeholder: 'CLASS' },
    default: 'keep',
    help: 'a class for all objects, or FROM=TO,… for those of some classes',
    commands: RUN,
  },
  {
    name: 'sse',
    aliases: [],
    value: { kind: 'text', placeholder: 'HOW' },
    default: 'keep',
    help: 'encryption: keep (no weaker), bucket (as that has it), AES256, aws:kms[:KEY-ID]',
    commands: RUN,
  },
  {
    name: 'source-sse-key',
    aliases: [],
    value: { kind: 'text', placeholder: 'FILE' },
    help: 'SSE-C: a file with the key of the source’s objects, 32 bytes or base64 of them',
    commands: COMPARED,
  },
  {
    name: 'target-sse-key',
    aliases: [],
    value: { kind: 'text', placeholder: 'FILE' },
    help: 'the same for the target’s objects',
    commands: COMPARED,
  },
  {
    name: 'acl',
    aliases: [],
    value: { kind: 'text', placeholder: 'ACL' },
    default: 'bucket',
    help: 'who may read: bucket (as that has it), copy (as it was), or e.g. public-read',
    commands: RUN,
  },
  {
    name: 'locks',
    aliases: [],
    value: { kind: 'choice', choices: ['on', 'off'] },
    default: 'on',
    help: 'whether retention and legal hold travel with the objects',
    commands: RUN,
  },
  {
    name: 'strict',
    aliases: [],
    value: FLAG,
    help: 'an object that loses anything on the way (tags, class, …) has failed',
    commands: RUN,
  },
  {
    name: 'verify',
    aliases: [],
    value: FLAG,
    help: 'when all else is done: compare both sides, as verify does; exit 5 where they differ',
    commands: RUN,
  },
  {
    name: 'deep',
    aliases: [],
    value: FLAG,
    help: 'with verify: read all objects of both sides, and trust nothing but their bytes',
    commands: COMPARED,
  },
  { name: 'dry-run', aliases: ['n'], value: FLAG, help: 'say what would happen and why; write nothing', commands: SYNC },
  {
    name: 'source-profile',
    aliases: [],
    value: { kind: 'text', placeholder: 'NAME' },
    help: 'AWS profile for an s3:// source',
    commands: COMPARED,
  },
  {
    name: 'target-profile',
    aliases: [],
    value: { kind: 'text', placeholder: 'NAME' },
    help: 'AWS profile for an s3:// target',
    commands: COMPARED,
  },
  {
    name: 'failed',
    aliases: [],
    value: FLAG,
    help: 'with show: the keys of the objects that failed, as --files-from takes them',
    commands: RUNS,
  },
  {
    name: 'lost',
    aliases: [],
    value: FLAG,
    help: 'with show: each object that lost something on the way, and what',
    commands: RUNS,
  },
  {
    name: 'profile',
    aliases: [],
    value: { kind: 'text', placeholder: 'NAME' },
    help: 'with add: log in as this AWS profile',
    commands: CONNECTIONS,
  },
  {
    name: 'role',
    aliases: [],
    value: { kind: 'text', placeholder: 'ARN' },
    help: 'with add: assume this role after logging in',
    commands: CONNECTIONS,
  },
  {
    name: 'path-style',
    aliases: [],
    value: { kind: 'choice', choices: ['true', 'false'] },
    help: 'with add: bucket in the path or in the host name, not as the endpoint suggests',
    commands: CONNECTIONS,
  },
  {
    name: 'ca-file',
    aliases: [],
    value: { kind: 'text', placeholder: 'PATH' },
    help: 'with add: trust the certificate authority in this PEM file as well',
    commands: CONNECTIONS,
  },
  { name: 'insecure', aliases: [], value: FLAG, help: 'with add: accept any TLS certificate', commands: CONNECTIONS },
  { name: 'anonymous', aliases: [], value: FLAG, help: 'with add: sign nothing (public buckets)', commands: CONNECTIONS },
  {
    name: 'requester-pays',
    aliases: [],
    value: FLAG,
    help: 'with add: pay for reading the buckets of others',
    commands: CONNECTIONS,
  },
  {
    name: 'json',
    aliases: [],
    value: FLAG,
    help: 'print one JSON object on stdout; text goes to stderr',
    commands: JSON_COMMANDS,
  },
  { name: 'events', aliases: [], value: FLAG, help: 'print every event as a line of JSON on stdout', commands: COMPARED },
  {
    name: 'json-file',
    aliases: [],
    value: { kind: 'text', placeholder: 'PATH' },
    help: 'write the JSON summary to a file',
    commands: [...SHOWN, 'doctor'],
  },
  {
    name: 'log-file',
    aliases: [],
    value: { kind: 'text', placeholder: 'PATH' },
    help: 'append what a person reads to a file',
    commands: SHOWN,
  },
  { name: 'yes', aliases: ['y'], value: FLAG, help: 'do not ask for confirmation', commands: ['sync', 'connections', 'runs'] },
  { name: 'color', aliases: [], value: FLAG, help: 'colour the text even when it goes to no terminal', commands: ALL },
  { name: 'no-color', aliases: [], value: FLAG, help: 'never colour the text (also: NO_COLOR)', commands: ALL },
  { name: 'quiet', aliases: ['q'], value: FLAG, help: 'only problems', commands: [...SHOWN, 'doctor'] },
  { name: 'verbose', aliases: ['v'], value: FLAG, help: 'each object as well', commands: [...SHOWN, 'connections', 'doctor'] },
  { name: 'help', aliases: ['h'], value: FLAG, help: 'this text', commands: ALL },
  { name: 'version', aliases: [], value: FLAG, help: 'the version', commands: ALL },
] as const satisfies readonly OptionSpec[]

export type OptionName = (typeof OPTIONS)[number]['name']
