/** The name in PATH, if nothing else is known. */
const INSTALLED = 's3-sync'
/** Longest command that is repeated in hints. */
const LONGEST = 200

/**
 * What the user typed to start this program, for hints that name a command to type. main.sh sets `S3_SYNC_COMMAND`: `./main.sh`, or
 * `opskit run s3-sync`. A constant of the process, like its version.
 */
export const PROGRAM: string = programOf(process.env['S3_SYNC_COMMAND'])

/** `command` as it can be repeated on one line of a terminal, otherwise the installed name. */
export function programOf(command: string | undefined): string {
  const isUsable = command !== undefined && command.trim() !== '' && command.length <= LONGEST && !/[\p{Cc}\p{Cf}]/u.test(command)
  return isUsable ? command : INSTALLED
}
