import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { runCli, Sandbox } from '../support/cli.js'
import { startForwardProxy } from '../support/forward-proxy.js'
import { listening } from '../support/listening.js'

/** Why there are no keys is told in words: the source that is configured, and its own reason. Nothing was copied. */

let sandbox: Sandbox
let denying: Server
let services: string
beforeAll(async () => {
  const denied =
    '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>no role for you</Message></Error></ErrorResponse>'
  denying = createServer((_, response) => response.writeHead(403, { 'content-type': 'text/xml' }).end(denied))
  services = `http://127.0.0.1:${await listening(denying)}`
})
afterAll(() => new Promise((resolve) => denying.close(resolve)))
beforeEach(async () => {
  sandbox = await Sandbox.make()
})
afterEach(() => sandbox.remove())

function write(path: string, ...lines: readonly string[]): string {
  const file = join(sandbox.root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

const config = (...lines: readonly string[]): Record<string, string> => (write('home/.aws/config', ...lines), {})
const SSO = ['sso_session = desk', 'sso_account_id = 123456789012', 'sso_role_name = copier']
const DESK = ['[sso-session desk]', 'sso_region = eu-desk-1', 'sso_start_url = https://desk.example.test/start']
const ROLE = 'arn:aws:iam::123456789012:role/copier'

/** The sign-in that `aws sso login` leaves. */
function signedIn(expiresAt: string): void {
  const cache = createHash('sha1').update('desk').digest('hex')
  write(`home/.aws/sso/cache/${cache}.json`, JSON.stringify({ accessToken: 'signed-in', expiresAt, region: 'eu-desk-1' }))
}

interface Case {
  readonly env: () => Record<string, string>
  readonly options?: readonly string[]
  readonly code?: number
  readonly reads: RegExp
}

const CASES: Readonly<Record<string, Case>> = {
  'nothing is configured': {
    env: () => ({}),
    reads:
      /^✗ No credentials were found for \S+: neither in the environment nor in the profile "default"\.\n {2}Set AWS_ACCESS_KEY_ID/,
  },
  'AWS_PROFILE names no profile': {
    env: () => ({ ...config('[profile work]', 'region = eu-test-1'), AWS_PROFILE: 'wrok' }),
    code: 2,
    reads: /^✗ There is no profile "wrok" in ~\/\.aws\/config or ~\/\.aws\/credentials \(AWS_PROFILE\)\./,
  },
  'the profile has no keys': {
    env: () => config('[profile work]', 'region = eu-test-1'),
    options: ['--source-profile', 'work'],
    reads: /^✗ No credentials were found for \S+: not in the profile "work"\./,
  },
  'a credential_process fails and says why': {
    env: () => config('[profile work]', `credential_process = sh -c 'echo "vault is sealed" >&2; exit 3' --token hush-hush-1`),
    options: ['--source-profile', 'work'],
    reads: /could not be fetched: the credential_process of the profile "work" failed: vault is sealed\.\n {2}Correct/,
  },
  'a credential_process fails without a word': {
    env: () => config('[default]', 'credential_process = false --token hush-hush-1'),
    reads: /the credential_process of the profile "default" failed: it ended with an error and wrote nothing to stderr\./,
  },
  'a credential_process in Python fails': {
    env: () =>
      config(
        '[default]',
        `credential_process = printf 'Traceback (most recent call last):\\n  File x\\nOSError: gone\\n' >&2; false`,
      ),
    reads: /the credential_process of the profile "default" failed: OSError: gone\./,
  },
  'a credential_process prints no keys': {
    env: () => config('[default]', 'credential_process = echo hush-hush-1'),
    reads: /the credential_process of the profile "default" failed: it returned invalid JSON\./,
  },
  'a profile that never signed in': {
    env: () => config('[profile work]', ...SSO, ...DESK),
    options: ['--source-profile', 'work'],
    reads: /^✗ The profile "work" is not signed in: run aws sso login --profile work\.\n {2}Sign in/,
  },
  'the default profile never signed in': {
    env: () => config('[default]', ...SSO, ...DESK),
    reads: /^✗ The profile "default" is not signed in: run aws sso login\.\n/,
  },
  'a sign-in that has expired': {
    env: () => (signedIn('2026-01-01T00:00:00Z'), config('[profile work]', ...SSO, ...DESK)),
    options: ['--source-profile', 'work'],
    reads: /^✗ The profile "work" is not signed in: run aws sso login --profile work\./,
  },
  'a role whose source profile never signed in': {
    env: () => config('[profile work]', `role_arn = ${ROLE}`, 'source_profile = base', '[profile base]', ...SSO, ...DESK),
    options: ['--source-profile', 'work'],
    reads: /^✗ The profile "base" is not signed in: run aws sso login --profile base\./,
  },
  'a role that may not be assumed': {
    env: () => ({
      S3_SYNC_CONNECTION_A: `http://KEY:own-secret-1@127.0.0.1:9?role=${ROLE}`,
      AWS_ENDPOINT_URL_STS: services,
    }),
    options: ['A:bucket'],
    reads: /could not be fetched: the role arn:aws:iam::123456789012:role\/copier could not be assumed: no role for you\./,
  },
  'a web identity without its token': {
    env: () => ({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token' }),
    reads: /the role arn:\S+ could not be assumed with AWS_WEB_IDENTITY_TOKEN_FILE: ENOENT.*\/nowhere\/token/,
  },
  'a container whose endpoint is gone': {
    env: () => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:9/keys' }),
    reads: /the container’s endpoint \(AWS_CONTAINER_CREDENTIALS_…\) gave no keys: .*ECONNREFUSED/,
  },
}

describe('there are no keys, because of', () => {
  it.each(Object.entries(CASES))('%s', async (_what, { env, options = [], code = 3, reads }) => {
    const args = options[0]?.includes(':') === true ? [...options] : ['s3://bucket', ...options]
    const surroundings = { AWS_EC2_METADATA_DISABLED: 'true', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9', ...env() }
    const result = await runCli(sandbox, [...args, './copies', '--yes', '--retries', '0'], { env: surroundings })
    expect(result).toMatchObject({ code, stdout: '' })
    expect(result.stderr).toMatch(reads)
    expect(result.stderr).not.toContain('hush-hush-1')
  })
})

it('SSO is asked in the region of the sign-in, not in that of the bucket', async () => {
  const proxy = await startForwardProxy()
  signedIn('2126-01-01T00:00:00Z')
  config('[profile work]', 'region = eu-bucket-1', ...SSO, ...DESK)
  const env = { AWS_EC2_METADATA_DISABLED: 'true', AWS_MAX_ATTEMPTS: '1', HTTPS_PROXY: proxy.url }
  const args = ['s3://bucket', './copies', '--source-profile', 'work', '--yes', '--retries', '0']
  const result = await runCli(sandbox, args, { env })
  await proxy.stop()
  expect(result.code).toBe(3)
  expect([...proxy.asked]).toEqual(['portal.sso.eu-desk-1.amazonaws.com:443'])
})
