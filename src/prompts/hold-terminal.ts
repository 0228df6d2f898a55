/** A terminal's input while a question or a key watch uses it. */
export interface TerminalHold {
  /** Resolves when the terminal is closed: reading from it ended or failed (EIO). */
  readonly gone: Promise<void>
  /** Restores the mode it had. */
  release(): void
}

const GONE = ['end', 'close', 'error'] as const

/** Remembers the mode of a terminal and notices when it is closed. */
export function holdTerminal(input: NodeJS.ReadStream): TerminalHold {
  const wasRaw = input.isRaw
  let lost = false
  let settle: () => void
  const gone = new Promise<void>((resolve) => (settle = resolve))
  const onGone = (): void => {
    lost = true
    settle()
  }
  for (const event of GONE) input.on(event, onGone)
  return {
    gone,
    release() {
      // Setting the mode of a closed terminal throws (EIO). The listeners remain for the errors that follow.
      if (lost) return
      for (const event of GONE) input.off(event, onGone)
      input.setRawMode(wasRaw)
    },
  }
}
