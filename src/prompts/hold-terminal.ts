/** A hold on a terminal's input. */
export interface Hold {
  /** The terminal went away: reading from it ended or failed (EIO). */
  readonly gone: Promise<void>
  /** Gives it back in the mode it had. */
  release(): void
}

const GONE = ['end', 'close', 'error'] as const

/** Remembers the mode a terminal is in and notices when it goes away. */
export function holdTerminal(input: NodeJS.ReadStream): Hold {
  const wasRaw = input.isRaw
  let lost = false
  let tell: () => void
  const gone = new Promise<void>((resolve) => (tell = resolve))
  const onGone = (): void => {
    lost = true
    tell()
  }
  for (const event of GONE) input.on(event, onGone)
  return {
    gone,
    release() {
      // A lost terminal has no mode to go back to: setting it throws (EIO). The listeners stay for the errors that follow.
      if (lost) return
      for (const event of GONE) input.off(event, onGone)
      input.setRawMode(wasRaw)
    },
  }
}
