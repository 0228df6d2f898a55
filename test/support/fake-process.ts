import { Socket } from 'node:net'
import type { ProcessContext } from '../../src/cli/run/process-context.js'

/** A terminal's end, or that of a pipe, which keeps what is written to it. */
class Stream extends Socket {
  text = ''
  readonly columns = 80
  readonly rows = 24
  readonly isRaw = false

  constructor(readonly isTTY: boolean) {
    super()
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.text += chunks.map(({ chunk }) => chunk.toString()).join('')
    done()
  }

  readonly setRawMode = (): this => this
  readonly clearLine = (): boolean => true
  readonly clearScreenDown = (): boolean => true
  readonly cursorTo = (): boolean => true
  readonly moveCursor = (): boolean => true
  readonly getColorDepth = (): number => 1
  readonly hasColors = (): boolean => false
  readonly getWindowSize = (): [number, number] => [this.columns, this.rows]
}

export interface Given {
  readonly env?: Readonly<Record<string, string>>
  /** A directory for home, state and work. */
  readonly root?: string
  /** The signal that came. */
  readonly interrupted?: 'SIGINT' | 'SIGTERM'
  /** Which of the three streams are terminals; none unless told. */
  readonly terminals?: readonly ('stdin' | 'stdout' | 'stderr')[]
}

/** What a command knows of its process, made for one test; `stdout` and `stderr` keep their text. */
export function fakeProcess({ env = {}, root = '/nowhere', interrupted, terminals = [] }: Given = {}) {
  const stream = (name: 'stdin' | 'stdout' | 'stderr') => new Stream(terminals.includes(name))
  const streams = { stdin: stream('stdin'), stdout: stream('stdout'), stderr: stream('stderr') }
  const proc: ProcessContext = {
    ...streams,
    ...{ env: { OPSKIT_TOOL_TEMP_DIR: `${root}/state`, ...env }, home: root, cwd: root },
    ...{ tool: 's3-sync', shownVersion: '1.2.3', version: '1.2.3' },
    interrupted: interrupted === undefined ? new AbortController().signal : AbortSignal.abort(interrupted),
  }
  return { proc, ...streams }
}
