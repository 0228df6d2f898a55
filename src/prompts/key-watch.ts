import { holdTerminal } from './hold-terminal.js'

/** A wait for any key, beside something else that goes on. */
export interface KeyWatch {
  /** What came first: a key, or a wish to leave (Ctrl+C, a terminal that went away). Never settles when it is released before. */
  readonly pressed: Promise<'key' | 'leave'>
  /** Gives the terminal back as it was. */
  release(): void
}

const CTRL_C = '\u0003'

/** Listens for one key on a terminal, which shows no typed characters meanwhile. */
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
