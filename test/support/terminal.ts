import { spawn, type IPty } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { constants } from 'node:os'
import { BINARY, type Sandbox } from './cli.js'

const KEYS = {
  enter: '\r',
  space: ' ',
  up: '\u001b[A',
  down: '\u001b[B',
  escape: '\u001b',
  backspace: '\u007f',
  'ctrl-c': '\u0003',
  /** enquirer: clears the answer */
  'ctrl-g': '\u0007',
} as const

export type Key = keyof typeof KEYS

export interface TerminalOptions {
  /** Added to the environment of the sandbox. */
  readonly env?: Readonly<Record<string, string>>
  /** Arguments of Node before those of the tool; the built tool unless another script is named. */
  readonly script?: string
  readonly columns?: number
  readonly rows?: number
}

export interface Ended {
  readonly code: number
  /** `SIGINT`, …; undefined when the program exited normally. */
  readonly signal: string | undefined
}

/** The program's output with its time: ms since its start. Enough to replay a run. */
export interface Frame {
  readonly at: number
  readonly data: string
}

const COLUMNS = 100
const ROWS = 40
/** how long to wait for something on the screen, ms */
const TIMEOUT = 90_000
/** No list in a test is longer. */
const MOVES = 20

/** A program in a pseudo-terminal, as a user sees it: the screen after all cursor movements, not the bytes. */
export class Terminal {
  readonly exited: Promise<Ended>
  readonly frames: Frame[] = []
  private readonly pty: IPty
  private readonly emulator: xterm.Terminal
  private readonly onChange = new Set<() => void>()
  private ended = false

  constructor(sandbox: Sandbox, args: readonly string[], options: TerminalOptions = {}) {
    const size = { cols: options.columns ?? COLUMNS, rows: options.rows ?? ROWS }
    this.emulator = new xterm.Terminal({ ...size, scrollback: 5000, allowProposedApi: true })
    this.pty = spawn(process.execPath, [options.script ?? BINARY, ...args], {
      ...size,
      name: 'xterm-256color',
      cwd: sandbox.cwd,
      env: { ...sandbox.env, TERM: 'xterm-256color', ...options.env },
    })
    const start = Date.now()
    this.pty.onData((data) => {
      this.frames.push({ at: Date.now() - start, data })
      this.emulator.write(data, () => this.changed())
    })
    this.exited = new Promise((resolve) => {
      this.pty.onExit(({ exitCode, signal }) => {
        // The callback of an empty write runs when everything written before it is on the screen.
        this.emulator.write('', () => {
          this.ended = true
          this.changed()
          resolve({ code: exitCode, signal: signal === undefined || signal === 0 ? undefined : signalName(signal) })
        })
      })
    })
  }

  /** The text of the screen and above it, with lines joined and trailing blanks removed. */
  screen(): string {
    const { buffer } = this.emulator
    const lines = Array.from({ length: buffer.active.length }, (_, row) => buffer.active.getLine(row))
    const text = lines.reduce(
      (all, line) => `${all}${line?.isWrapped === false ? '\n' : ''}${line?.translateToString(true) ?? ''}`,
      '',
    )
    return text.trimEnd().replace(/^\n/, '')
  }

  /** Resolves as soon as the screen shows `what`; fails after `timeoutMs` or when the program exits, with the screen in the message. */
  waitFor(what: string | RegExp, timeoutMs = TIMEOUT): Promise<void> {
    return this.until(String(what), (screen) => (typeof what === 'string' ? screen.includes(what) : what.test(screen)), timeoutMs)
  }

  /** Waits until the tool asks the question that contains `message`. */
  asked(message: string): Promise<void> {
    return this.until(`the question "${message}"`, (screen) => countLines(screen, '?', message) > 0)
  }

  /** Waits for the question, answers it and waits until the answer is accepted. */
  async answer(message: string, text = ''): Promise<void> {
    await this.asked(message)
    const taken = countLines(this.screen(), '✔', message)
    this.type(text)
    this.key('enter')
    await this.until(`the answer to "${message}" is taken`, (screen) => countLines(screen, '✔', message) > taken)
  }

  /** Waits for the question, selects the entry of its list that contains `label`, and waits until it is accepted. */
  async choose(message: string, label: string): Promise<void> {
    await this.asked(message)
    await this.until('the list', () => this.focused() !== '')
    for (let moves = 0; !this.focused().includes(label); moves++) {
      if (moves > MOVES) throw new Error(`"${label}" is not in the list:\n${this.screen()}`)
      const focused = this.focused()
      this.key('down')
      // During a redraw no entry is focused.
      await this.until('another entry of the list', () => this.focused() !== '' && this.focused() !== focused)
    }
    await this.answer(message)
  }

  /** Waits for the question, gives a wrong answer, waits for the explanation `why`, and clears the answer. */
  async answerWrongly(message: string, text: string, why: string | RegExp): Promise<void> {
    await this.asked(message)
    this.type(text)
    this.key('enter')
    await this.waitFor(why)
    this.key('ctrl-g')
  }

  type(text: string): void {
    if (text !== '') this.pty.write(text)
  }

  key(key: Key): void {
    this.pty.write(KEYS[key])
  }

  /** Kills the program if it is still running. */
  close(): void {
    if (!this.ended) this.pty.kill('SIGKILL')
    this.emulator.dispose()
  }

  /** The entry of the open list that Enter would select. */
  private focused(): string {
    const lines = this.screen().split('\n')
    return lines.findLast((line) => line.startsWith('▸ ')) ?? ''
  }

  private until(what: string, holds: (screen: string) => boolean, timeoutMs = TIMEOUT): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(deadline)
        this.onChange.delete(look)
        if (error === undefined) resolve()
        else reject(error)
      }
      const look = (): void => {
        const screen = this.screen()
        if (holds(screen)) finish()
        else if (this.ended) finish(new Error(`the program ended without: ${what}\n${screen}`))
      }
      const late = (): void => finish(new Error(`waited ${timeoutMs} ms in vain for: ${what}\n${this.screen()}`))
      const deadline = setTimeout(late, timeoutMs)
      this.onChange.add(look)
      look()
    })
  }

  private changed(): void {
    for (const look of [...this.onChange]) look()
  }
}

/** Questions in enquirer's format: `? message` while open, `✔ message` when answered. */
function countLines(screen: string, mark: '?' | '✔', message: string): number {
  return screen.split('\n').filter((line) => line.startsWith(`${mark} `) && line.includes(message)).length
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? String(number)
}
