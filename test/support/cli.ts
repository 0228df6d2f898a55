import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { secretsTold } from './secrets.js'

/** The built tool. `npm test` builds it first. */
export const BINARY = join(import.meta.dirname, '../../dist/main.js')

/** Runs the built tool with this Node and a clock that is an hour ahead. */
export const CLOCK_AHEAD = [
  process.execPath,
  ...['--import', 'data:text/javascript,const{now}=Date;Date.now=()=>now()+3600000'],
  BINARY,
] as const satisfies CliOptions['command']

/** A home and a working directory for one test, so that nothing of the machine affects it. */
export class Sandbox {
  readonly root = mkdtempSync(join(tmpdir(), 's3-sync-test-'))
  readonly home = join(this.root, 'home')
  readonly temp = join(this.root, 'tool-temp')
  readonly cwd = join(this.root, 'cwd')

  static async make(): Promise<Sandbox> {
    const sandbox = new Sandbox()
    await Promise.all([sandbox.home, sandbox.temp, sandbox.cwd].map((directory) => mkdir(directory)))
    return sandbox
  }

  /** Only what a program needs to start, and the directories of the sandbox: no `AWS_*`, proxies or colours from outside. */
  get env(): Record<string, string> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.home, OPSKIT_TOOL_TEMP_DIR: this.temp, LANG: 'C.UTF-8', TZ: 'UTC' }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true })
  }
}

export interface CliOptions {
  /** Added to the environment of the sandbox. */
  readonly env?: Readonly<Record<string, string>>
  /** Written to stdin, which is then closed. */
  readonly input?: string
  /** A program that hangs is killed after this time (ms), and the test fails with what it had printed. */
  readonly timeoutMs?: number
  /** Replaces the built tool and this Node. */
  readonly command?: readonly [string, ...string[]]
  readonly cwd?: string
}

export interface CliResult {
  /** null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the tool in the background. A run that reveals one of its secrets, in its outputs or files, fails in any test. */
export class RunningCli {
  stdout = ''
  stderr = ''
  readonly finished: Promise<CliResult>
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>

  constructor(sandbox: Sandbox, args: readonly string[], options: CliOptions) {
    const [program, ...before] = options.command ?? [process.execPath, BINARY]
    this.child = spawn(program, [...before, ...args], {
      cwd: options.cwd ?? sandbox.cwd,
      env: { ...sandbox.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text))
    this.child.stdin.on('error', () => undefined) // a program that exits without reading its input is fine
    this.child.stdin.end(options.input ?? '')
    const { timeoutMs = 240_000 } = options
    let isHanging = false
    const deadline = setTimeout(() => (isHanging = this.child.kill('SIGKILL')), timeoutMs)
    this.finished = new Promise((resolve, reject) => {
      this.child.on('error', reject)
      this.child.on('close', (code, signal) => {
        clearTimeout(deadline)
        const { stdout, stderr } = this
        const told = secretsTold(options.env ?? {}, { stdout, stderr }, [sandbox.temp, sandbox.cwd])
        if (told.length > 0) reject(new Error(`a secret was told in: ${told.join(', ')}`))
        else if (isHanging) reject(new Error(`hung for ${timeoutMs} ms: ${args.join(' ')}\n${stdout}\n${stderr}`))
        else resolve({ code, signal, stdout, stderr })
      })
    })
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the program did not start')
    return this.child.pid
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** Closes the reader of the program's stdout, as `| head -1` does. */
  closeStdout(): void {
    this.child.stdout.destroy()
  }
}

export function startCli(sandbox: Sandbox, args: readonly string[], options: CliOptions = {}): RunningCli {
  return new RunningCli(sandbox, args, options)
}

/** Runs the built tool until it exits. */
export function runCli(sandbox: Sandbox, args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(sandbox, args, options).finished
}
