const REASONS: Readonly<Record<string, string>> = {
  EDQUOT: 'the quota of its disk is used up',
  ENOSPC: 'no space is left on its disk',
  EPIPE: 'its reader has gone',
}

/** An output could not be written. The work itself was done. */
export class OutputLost extends Error {
  override readonly name = 'OutputLost'
  constructor(
    /** What could not be written: `Standard output`, `--json-file PATH`. */
    readonly output: string,
    /** Node's, e.g. `ENOSPC`. */
    readonly code: string,
  ) {
    super(`${output} can't be written: ${REASONS[code] ?? code}.`)
  }
}
