import { oneOf, filePath, FLAG, textValue } from '../values.js'
import type { OptionGroup } from './option-spec.js'

const CONNECTIONS = ['connections'] as const

/** All of them go with `connections add`. */
export const CONNECTION = {
  profile: { value: textValue('NAME', 'prod'), help: 'with add: log in with this AWS profile', commands: CONNECTIONS },
  role: {
    value: textValue('ARN', 'arn:aws:iam::123456789012:role/backup'),
    help: 'with add: assume this role after logging in',
    commands: CONNECTIONS,
  },
  'path-style': {
    value: oneOf(['true', 'false']),
    default: 'by endpoint',
    help: 'with add: bucket name in the path, not in the host name',
    commands: CONNECTIONS,
  },
  'ca-file': {
    value: filePath('/etc/ssl/my-ca.pem', 'PATH'),
    help: 'with add: also trust the certificate authority in this PEM file',
    commands: CONNECTIONS,
  },
  insecure: { value: FLAG, help: 'with add: accept any TLS certificate', commands: CONNECTIONS },
  anonymous: { value: FLAG, help: 'with add: send unsigned requests (public buckets)', commands: CONNECTIONS },
  'requester-pays': { value: FLAG, help: 'with add: pay for reading buckets of other accounts', commands: CONNECTIONS },
} as const satisfies OptionGroup
