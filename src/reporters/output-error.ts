const REASONS: Readonly<Record<string, string>> = {
  EDQUOT: 'the quota of its disk is used up',
  ENOSPC: 'no space is left on its disk',
  EPIPE: 'its reader has gone',
}

/** An output could not be written. The run itself is not affected. */
export class OutputError extends Error {
  override readonly name = 'OutputError'
  constructor(
    /** What could not be written: `Standard output`, `--json-file PATH`. */
    readonly output: string,
    /** Node's error code, e.g. `ENOSPC`. */
    readonly code: string,
  ) {
    super(`${output} can't be written: ${REASONS[code] ?? code}.`)
  }
}
