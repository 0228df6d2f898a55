/** A command of the tool as help, completion and errors show it. */
export interface CommandSpec {
  readonly name: string
  readonly usage: readonly string[]
  readonly summary: string
  readonly examples: readonly string[]
  /** Words that may follow it. */
  readonly words: readonly string[]
}

export const COMMANDS = [
  {
    name: 'sync',
    usage: ['s3-sync [sync] SOURCE TARGET [options]'],
    summary: 'copy what is new or changed from SOURCE to TARGET',
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
    usage: ['s3-sync connections [list | show NAME | add NAME | test NAME | remove NAME | import FILE]'],
    summary: 'the saved endpoints and keys',
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
    usage: ['s3-sync runs [list | show ID [--failed | --lost] | resume ID | prune [--older-than AGE]]'],
    summary: 'earlier runs: what they did, and going on with one that did not finish',
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
    summary: 'compare both sides completely, without copying; exit 5 where they differ',
    examples: ['s3-sync verify old:photos new:photos', 's3-sync verify ./photos new:photos --deep --json'],
    words: [],
  },
  {
    name: 'doctor',
    usage: ['s3-sync doctor CONNECTION[:BUCKET]'],
    summary: 'what an endpoint can and what it can’t, tried out; nothing is left behind',
    examples: ['s3-sync doctor minio', 's3-sync doctor minio:photos', 's3-sync doctor minio --json'],
    words: [],
  },
  {
    name: 'demo',
    usage: ['s3-sync demo'],
    summary: 'a whole run between two embedded S3 servers, checked',
    examples: ['s3-sync demo'],
    words: [],
  },
  {
    name: 'completion',
    usage: ['s3-sync completion bash|zsh|fish'],
    summary: 'a script that completes commands and options',
    examples: ['source <(s3-sync completion bash)', 's3-sync completion fish > ~/.config/fish/completions/s3-sync.fish'],
    words: ['bash', 'zsh', 'fish'],
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
