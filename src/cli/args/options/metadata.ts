import { HEADER_RULE, METADATA_RULE } from '../attribute-values.js'
import { ACL, ENCRYPTION, STORAGE_CLASSES } from '../metadata-values.js'
import { oneOf, filePath, FLAG } from '../values.js'
import { COMPARING_COMMANDS, type OptionGroup, RUN_COMMANDS } from './option-spec.js'

const ON_OFF = oneOf(['on', 'off'])

export const METADATA = {
  tags: { value: ON_OFF, default: 'on', help: 'copy tags', commands: RUN_COMMANDS, onResume: 'same' },
  locks: { value: ON_OFF, default: 'on', help: 'copy retention and legal hold', commands: RUN_COMMANDS, onResume: 'same' },
  'set-header': {
    value: HEADER_RULE,
    repeatable: true,
    help: "sets a header of what is copied: 'NAME: VALUE' or 'GLOB => NAME: VALUE', e.g. '*.html => Cache-Control: no-cache'; without a value, removes it",
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'set-metadata': {
    value: METADATA_RULE,
    repeatable: true,
    help: "sets metadata of what is copied: NAME=VALUE or 'GLOB => NAME=VALUE'; without a value, removes it",
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  acl: {
    value: ACL,
    default: 'bucket',
    help: 'bucket (default of the target bucket), copy (same as the source), or e.g. public-read',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'storage-class': {
    value: STORAGE_CLASSES,
    default: 'keep',
    help: 'one class for all objects, or FROM=TO,… for some classes',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  sse: {
    value: ENCRYPTION,
    default: 'keep',
    help: 'encryption: keep (at least as strong as at the source), bucket (default of the target bucket), AES256, aws:kms[:KEY-ID]',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
  'source-sse-key': {
    value: filePath('source.key'),
    help: 'SSE-C: file with the key of the source’s objects, 32 bytes or their base64',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  'target-sse-key': {
    value: filePath('target.key'),
    help: 'SSE-C: file with the key of the target’s objects',
    commands: COMPARING_COMMANDS,
    onResume: 'same',
  },
  strict: {
    value: FLAG,
    help: 'an object that loses tags, storage class or other metadata counts as failed',
    commands: RUN_COMMANDS,
    onResume: 'same',
  },
} as const satisfies OptionGroup
