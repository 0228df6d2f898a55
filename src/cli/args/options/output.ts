import { filePath, FLAG } from '../values.js'
import { ALL_COMMANDS, COMPARING_COMMANDS, type OptionGroup, REPORTING_COMMANDS } from './option-spec.js'

const JSON_COMMANDS = ['sync', 'demo', 'connections', 'runs', 'verify', 'doctor'] as const

export const OUTPUT = {
  yes: { value: FLAG, short: 'y', help: 'do not ask for confirmation', commands: ['sync', 'connections', 'runs'] },
  json: { value: FLAG, help: 'print one JSON object to stdout; text goes to stderr', commands: JSON_COMMANDS },
  events: { value: FLAG, help: 'print every event to stdout, one JSON object per line', commands: COMPARING_COMMANDS },
  'json-file': {
    value: filePath('summary.json', 'PATH'),
    help: 'write the JSON summary to a file',
    commands: [...REPORTING_COMMANDS, 'doctor'],
  },
  'log-file': { value: filePath('s3-sync.log', 'PATH'), help: 'append the text output to a file', commands: REPORTING_COMMANDS },
  quiet: { value: FLAG, short: 'q', help: 'print problems only', commands: [...REPORTING_COMMANDS, 'doctor'] },
  verbose: {
    value: FLAG,
    short: 'v',
    help: 'also print each object',
    helpOf: {
      connections: 'also print where an internal error came from',
      doctor: 'also print where an internal error came from',
    },
    commands: [...REPORTING_COMMANDS, 'connections', 'doctor'],
  },
  color: { value: FLAG, help: 'use colours even when the output is no terminal', commands: ALL_COMMANDS },
  'no-color': { value: FLAG, help: 'use no colours (also: NO_COLOR)', commands: ALL_COMMANDS },
  help: { value: FLAG, short: 'h', help: 'show this help', commands: ALL_COMMANDS },
  version: { value: FLAG, help: 'show the version', commands: ALL_COMMANDS },
} as const satisfies OptionGroup
