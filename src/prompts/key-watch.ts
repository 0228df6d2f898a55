import { holdTerminal } from './hold-terminal.js'

/** Waits for any key while other work continues. */
export interface KeyWatch {
  /** What happened first: a key, or `leave` (Ctrl+C, closed terminal). Never settles after `release`. */
  readonly pressed: Promise<'key' | 'leave'>
  /** Restores the terminal. */
  release(): void
}

const CTRL_C = '\u0003'

/** Listens for one key on a terminal; typed characters are not shown. */
export function listenForKey(input: NodeJS.ReadStream): KeyWatch {
  const hold = holdTerminal(input)
  let settle: (what: 'key' | 'leave') => void
  const pressed = new Promise<'key' | 'leave'>((resolve) => (settle = resolve))
  const onData = (data: Buffer | string): void => settle(data.toString().includes(CTRL_C) ? 'leave' : 'key')
  void hold.gone.then(() => settle('leave'))
  input.setRawMode(true)
  input.on('data', onData)
  input.resume()
  return {
    pressed,
    release() {
      input.off('data', onData)
      input.pause()
      hold.release()
    },
  }
}
