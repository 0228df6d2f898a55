import { type CommandName, COMMANDS, specOf } from './commands.js'
import { OPTIONS, type OptionSpec } from './options.js'
import { placeholder } from './values.js'

const LOCATIONS = `Locations:
  NAME:BUCKET, NAME:BUCKET/PREFIX   a bucket, or what is below a prefix, at a saved connection
  NAME: --buckets a,b | all         several buckets; old=new where the target's name differs
  s3://BUCKET[/PREFIX]              AWS with the default credentials
  ./DIR, /DIR, file:///DIR          a local directory`

const EXIT_CODES = `Exit codes:
  0  done (also when there was nothing to do)
  1  the run went to its end, some objects failed
  2  bad input; nothing was started
  3  could not start or go on: endpoint, credentials, bucket, listing
  4  a guard refused to delete; the copies stand
  5  verify found differences
  130, 143  declined, or interrupted; resume with: s3-sync runs resume ID`

const ENVIRONMENT = `Environment:
  S3_SYNC_CONNECTION_<NAME>   http(s)://KEY:SECRET@HOST[:PORT]?region=…, a connection without a file
  S3_SYNC_PASSPHRASE          unlocks the saved secrets instead of the key file
  S3_SYNC_SOURCE_SSE_KEY, S3_SYNC_TARGET_SSE_KEY   keys of SSE-C, base64
  OPSKIT_TOOL_TEMP_DIR        where connections and runs are kept; OPSKIT_WORKING_DIR: where relative paths count from
  NODE_EXTRA_CA_CERTS, HTTPS_PROXY, NO_PROXY, NO_COLOR   as everywhere`

/** The text of `--help`, or of a command's own. */
export function helpText(command?: CommandName): string {
  return `${(command === undefined ? overview() : aboutCommand(command)).join('\n\n')}\n`
}

function overview(): string[] {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length))
  return [
    's3-sync copies the objects of S3 buckets from one endpoint to another: AWS or anything compatible.',
    `Usage:
  s3-sync [options]                     on a terminal: asks for everything
  s3-sync [sync] SOURCE TARGET [options]
  s3-sync COMMAND [--help]`,
    ['Commands:', ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)].join('\n'),
    LOCATIONS,
    optionsOf('sync'),
    examples('sync'),
    ENVIRONMENT,
    EXIT_CODES,
  ]
}

function aboutCommand(command: CommandName): string[] {
  const { usage, summary } = specOf(command)
  const title = `s3-sync ${command}: ${summary}`
  const sections = [title, ['Usage:', ...usage.map((line) => `  ${line}`)].join('\n')]
  if (command === 'sync') sections.push(LOCATIONS)
  sections.push(optionsOf(command), examples(command))
  if (command === 'sync') sections.push(EXIT_CODES)
  return sections.filter((section) => section !== '')
}

function optionsOf(command: CommandName): string {
  const specs: readonly OptionSpec[] = OPTIONS
  const rows = specs
    .filter(({ commands }) => commands.includes(command))
    .map((spec) => [spelling(spec), explanation(spec)] as const)
  const width = Math.max(...rows.map(([spelt]) => spelt.length))
  return ['Options:', ...rows.map(([spelt, help]) => `  ${spelt.padEnd(width)}  ${help}`)].join('\n')
}

/** `-w, --workers N` */
function spelling({ name, aliases, value }: OptionSpec): string {
  const letter = aliases.find((alias) => alias.length === 1)
  const shown = placeholder(value)
  return `${letter === undefined ? '    ' : `-${letter}, `}--${name}${shown === '' ? '' : ` ${shown}`}`
}

function explanation({ help, value, default: standard }: OptionSpec): string {
  const choices = value.kind === 'choice' ? `: ${value.choices.join(', ')}` : ''
  return `${help}${choices}${standard === undefined ? '' : ` (default ${standard})`}`
}

function examples(command: CommandName): string {
  const { examples: lines } = specOf(command)
  return lines.length === 0 ? '' : ['Examples:', ...lines.map((line) => `  ${line}`)].join('\n')
}
