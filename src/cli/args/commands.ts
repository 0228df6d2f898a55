import { PROGRAM } from '../../io/program-name.js'

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
    usage: [`${PROGRAM} [sync] SOURCE TARGET [options]`],
    summary: 'copy new and changed objects from SOURCE to TARGET',
    examples: [
      `${PROGRAM} media-old:photos media-new:photos`,
      `${PROGRAM} old:photos/2026 new:archive/2026 --dry-run`,
      `${PROGRAM} old: new: --buckets all --yes --json`,
      `${PROGRAM} s3://photos minio:photos --source-profile prod -w 32`,
      `${PROGRAM} ./photos new:photos --exclude .DS_Store`,
      `${PROGRAM} old:photos new:photos --delete --max-delete 5% --dry-run`,
      `${PROGRAM} old:photos new:photos --include '*.jpg' --newer-than 7d`,
    ],
    words: [],
  },
  {
    name: 'connections',
    usage: [
      `${PROGRAM} connections [list]`,
      `${PROGRAM} connections show|add|test|remove NAME`,
      `${PROGRAM} connections import FILE`,
    ],
    summary: 'list, add, test and remove saved endpoints and keys',
    examples: [
      `${PROGRAM} connections add minio`,
      `${PROGRAM} connections add public --anonymous`,
      `${PROGRAM} connections test minio`,
      `${PROGRAM} connections list --json`,
    ],
    words: ['list', 'show', 'add', 'test', 'remove', 'import'],
  },
  {
    name: 'runs',
    usage: [
      `${PROGRAM} runs [list]`,
      `${PROGRAM} runs show ID [--failed | --lost]`,
      `${PROGRAM} runs resume ID`,
      `${PROGRAM} runs prune [--older-than AGE]`,
    ],
    summary: 'list, show, resume and remove earlier runs',
    examples: [
      `${PROGRAM} runs`,
      `${PROGRAM} runs resume 20261124-170000-3f9a`,
      `${PROGRAM} runs show 20261124-170000-3f9a --failed > failed.txt`,
      `${PROGRAM} runs prune --older-than 90d --yes`,
    ],
    words: ['list', 'show', 'resume', 'prune'],
  },
  {
    name: 'verify',
    usage: [`${PROGRAM} verify SOURCE TARGET [options]`],
    summary: 'compare source and target without copying; exit 5 if they differ',
    examples: [`${PROGRAM} verify old:photos new:photos`, `${PROGRAM} verify ./photos new:photos --deep --json`],
    words: [],
  },
  {
    name: 'doctor',
    usage: [`${PROGRAM} doctor CONNECTION[:BUCKET]`],
    summary: 'test which S3 features an endpoint supports, and clean up afterwards',
    examples: [`${PROGRAM} doctor minio`, `${PROGRAM} doctor minio:photos`, `${PROGRAM} doctor minio --json`],
    words: [],
  },
  {
    name: 'demo',
    usage: [`${PROGRAM} demo`],
    summary: 'run a sync between two embedded S3 servers and check the result',
    examples: [`${PROGRAM} demo`],
    words: [],
  },
  {
    name: 'completion',
    usage: [`${PROGRAM} completion bash|zsh|fish`],
    summary: 'print a script that completes commands and options',
    examples: [
      `source <(${PROGRAM} completion bash)`,
      `${PROGRAM} completion zsh > ~/.zfunc/_s3-sync   # ~/.zfunc being in $fpath`,
      `${PROGRAM} completion fish > ~/.config/fish/completions/s3-sync.fish`,
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
