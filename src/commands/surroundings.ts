import type { Observable } from 'rxjs'
import type { Interrupt } from '../pipeline/run.js'

/** What a command knows of the process it runs in. Everything it reads from outside and writes to goes through here. */
export interface Surroundings {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  /** `TOOL_NAME` and `TOOL_VERSION` of OpsKit, else this tool's own: shown in the header. */
  readonly tool: string
  readonly shownVersion: string
  /** This tool's own version. */
  readonly version: string
  /** SIGINT and SIGTERM as they come. Another one of them ends the process at once. */
  readonly interrupts: Observable<Interrupt>
}

/** cli.md, exit codes. */
export type ExitCode = 0 | 1 | 2 | 3 | 130 | 143

/** Whether a person can be asked: answers come from a terminal, and questions reach one. */
export function canAsk({ stdin, stdout, stderr }: Surroundings, forProgram: boolean): boolean {
  return stdin.isTTY && (forProgram ? stderr : stdout).isTTY
}
