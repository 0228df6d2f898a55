import type { Interrupt } from '../../pipeline/run/run-context.js'

/** What a command knows of the process it runs in. Everything it reads from outside and writes to goes through here. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  readonly cwd: string
  /** `TOOL_NAME` and `TOOL_VERSION` of OpsKit, else this tool's own: shown in the header. */
  readonly tool: string
  readonly shownVersion: string
  /** This tool's own version. */
  readonly version: string
  /** Aborted by SIGINT or SIGTERM, its reason being that {@link Interrupt}. Another signal ends the process at once. */
  readonly interrupted: AbortSignal
}

/** cli.md, exit codes. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130 | 143

/** The signal that came, if one did. */
export function interruptOf({ interrupted }: Surroundings): Interrupt | undefined {
  const reason: unknown = interrupted.reason
  return reason === 'SIGINT' || reason === 'SIGTERM' ? reason : undefined
}

/** Whether a person can be asked: answers come from a terminal, and questions reach one. `forProgram`: stdout belongs to a program. */
export function canAsk({ stdin, stdout, stderr }: Surroundings, forProgram: boolean): boolean {
  return stdin.isTTY && (forProgram ? stderr : stdout).isTTY
}

/** The same, but that relative paths count from another directory: where a run was started. */
export function startedIn(directory: string, s: Surroundings): Surroundings {
  return { ...s, cwd: directory, env: { ...s.env, OPSKIT_WORKING_DIR: directory } }
}
