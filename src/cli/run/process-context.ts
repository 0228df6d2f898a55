import type { Interrupt } from '../../pipeline/run/run-context.js'

/** The process that a command runs in: its streams, environment, directories, version and signals. */
export interface ProcessContext {
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
  /** Aborted by SIGINT or SIGTERM, which is its reason. A second signal ends the process at once. */
  readonly interrupted: AbortSignal
}

/** cli.md, exit codes. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 130 | 143

/** The signal that was received, if any. */
export function interruptOf({ interrupted }: ProcessContext): Interrupt | undefined {
  const reason: unknown = interrupted.reason
  return reason === 'SIGINT' || reason === 'SIGTERM' ? reason : undefined
}

/** Whether questions can be asked: input and output are terminals. `forProgram`: a program reads stdout. */
export function canAsk({ stdin, stdout, stderr }: ProcessContext, forProgram: boolean): boolean {
  return stdin.isTTY && (forProgram ? stderr : stdout).isTTY
}

/** The same process with another working directory: the one where a run was started. */
export function inDirectory(directory: string, proc: ProcessContext): ProcessContext {
  return { ...proc, cwd: directory, env: { ...proc.env, OPSKIT_WORKING_DIR: directory } }
}
