/** A command of the tool as help, completion and errors show it. */
export interface CommandSpec {
  readonly name: string
  readonly usage: readonly string[]
  readonly summary: string
  readonly examples: readonly string[]
  /** Words that may follow it. */
  readonly words: readonly string[]
}

/** Shells that `completion` writes a script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

export const COMMANDS = [
  {
    name: 'sync',
    usage: ['s3-sync [sync] SOURCE TARGET [options]'],
    summary: 'copy new and changed objects from SOURCE to TARGET',
    examples: [
      's3-sync media-old:photos media-new:photos',
      's3-sync old:photos/2026 new:archive/2026 --dry-run',
      's3-sync old: new: --buckets all --yes --json',
      's3-sync s3://photos minio:photos --source-profile prod -w 32',
      's3-sync ./photos new:photos --exclude .DS_Store',
      's3-sync old:photos new:photos --delete --max-delete 5% --dry-run',
      "s3-sync old:photos new:photos --include '*.jpg' --newer-than 7d",
    ],
    words: [],
  },
  {
    name: 'connections',
    usage: ['s3-sync connections [list]', 's3-sync connections show|add|test|remove NAME', 's3-sync connections import FILE'],
    summary: 'list, add, test and remove saved endpoints and keys',
    examples: [
      's3-sync connections add minio',
      's3-sync connections add public --anonymous',
      's3-sync connections test minio',
      's3-sync connections list --json',
    ],
    words: ['list', 'show', 'add', 'test', 'remove', 'import'],
  },
  {
    name: 'runs',
    usage: [
      's3-sync runs [list]',
      's3-sync runs show ID [--failed | --lost]',
      's3-sync runs resume ID',
      's3-sync runs prune [--older-than AGE]',
    ],
    summary: 'list, show, resume and remove earlier runs',
    examples: [
      's3-sync runs',
      's3-sync runs resume 20261124-170000-3f9a',
      's3-sync runs show 20261124-170000-3f9a --failed > failed.txt',
      's3-sync runs prune --older-than 90d --yes',
    ],
    words: ['list', 'show', 'resume', 'prune'],
  },
  {
    name: 'verify',
    usage: ['s3-sync verify SOURCE TARGET [options]'],
    summary: 'compare source and target without copying; exit 5 if they differ',
    examples: ['s3-sync verify old:photos new:photos', 's3-sync verify ./photos new:photos --deep --json'],
    words: [],
  },
  {
    name: 'doctor',
    usage: ['s3-sync doctor CONNECTION[:BUCKET]'],
    summary: 'test which S3 features an endpoint supports, and clean up afterwards',
    examples: ['s3-sync doctor minio', 's3-sync doctor minio:photos', 's3-sync doctor minio --json'],
    words: [],
  },
  {
    name: 'demo',
    usage: ['s3-sync demo'],
    summary: 'run a sync between two embedded S3 servers and check the result',
    examples: ['s3-sync demo'],
    words: [],
  },
  {
    name: 'completion',
    usage: ['s3-sync completion bash|zsh|fish'],
    summary: 'print a script that completes commands and options',
    examples: [
      'source <(s3-sync completion bash)',
      's3-sync completion zsh > ~/.zfunc/_s3-sync   # ~/.zfunc being in $fpath',
      's3-sync completion fish > ~/.config/fish/completions/s3-sync.fish',
    ],
    words: SHELLS,
  },
] as const satisfies readonly CommandSpec[]

export type CommandName = (typeof COMMANDS)[number]['name']

/** The command of that name. */
export function commandNamed(word: string | undefined): CommandName | undefined {
  return COMMANDS.find(({ name }) => name === word)?.name
}

export function specOf(name: CommandName): CommandSpec {
  const spec = COMMANDS.find((command) => command.name === name)
  if (spec === undefined) throw new Error(`no command ${name}`)
  return spec
}
