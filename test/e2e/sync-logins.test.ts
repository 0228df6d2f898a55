import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CERTIFICATE } from '../io/s3/http/certificate.js'
import { runCli, Sandbox, type CliResult } from '../support/cli.js'
import { startEmbedded } from '../support/fauxqs.js'
import { startForwardProxy, type ForwardProxy, type ForwardProxyOptions } from '../support/forward-proxy.js'
import { startGate, type Gate, type Seen } from '../support/gate.js'
import { HANDED_OUT, startKeyServices, type KeyServices } from '../support/key-services.js'
import { Oracle, testServers, uniqueBucket } from '../support/servers.js'

/**
 * Every way to log in, with the built program, over http and https, with and without a proxy: which keys the source's endpoint saw, and who
 * was asked for them. The endpoint's certificate and that of AWS's services are signed by nobody known.
 */
interface Way {
  readonly secure: boolean
  readonly proxy?: ForwardProxyOptions
}

interface World {
  readonly gate: Gate
  readonly services: KeyServices
  readonly proxy: ForwardProxy | undefined
}

const PLAIN: Way = { secure: false }
const TUNNELLED: Way = { secure: true, proxy: { login: 'clerk:p@ss word' } }

let embedded: Awaited<ReturnType<typeof startEmbedded>>
let oracle: Oracle
let bucket: string
let sandbox: Sandbox
let world: World | undefined

beforeAll(async () => {
  embedded = await startEmbedded()
  oracle = new Oracle(embedded.url)
  bucket = await oracle.bucketWith({ key: 'content' })
})
afterAll(() => embedded.stop())

beforeEach(async () => {
  sandbox = await Sandbox.make()
})
afterEach(async () => {
  sandbox.remove()
  for (const each of [world?.gate, world?.services, world?.proxy]) await each?.stop()
  world = undefined
})

async function given({ secure, proxy }: Way): Promise<World> {
  const proxied = proxy === undefined ? undefined : await startForwardProxy(proxy)
  world = { gate: await startGate(embedded.url, { secure }), services: await startKeyServices({ secure }), proxy: proxied }
  return world
}

function write(path: string, ...lines: readonly string[]): string {
  const file = join(sandbox.root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

/** What surrounds the program, however it logs in: where AWS is, whom to trust, and the proxy. */
function surroundings({ gate, services, proxy }: World): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_S3: gate.origin,
    AWS_ENDPOINT_URL_STS: services.origin,
    AWS_ENDPOINT_URL_SSO: services.origin,
    AWS_EC2_METADATA_DISABLED: 'true',
    NODE_EXTRA_CA_CERTS: write('ca.pem', CERTIFICATE),
    S3_SYNC_CONNECTION_B: embedded.url,
    ...(proxy && { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url, NO_PROXY: new URL(embedded.url).host }),
  }
}

/** `?…` on the connection A, which has the gate's address and perhaps keys. */
const connection = ({ gate }: World, keys: string, query: string): Record<string, string> => ({
  S3_SYNC_CONNECTION_A: `${gate.origin.replace('://', `://${keys}`)}?region=eu-test-1${query}`,
})

interface Login {
  /** Environment, and files made on the way. */
  readonly env: (world: World) => Record<string, string>
  /** SOURCE without its bucket, and options. */
  readonly from?: readonly [source: string, ...options: string[]]
  readonly sees: Omit<Seen, 'region'>
  /** What the services were asked, in order. */
  readonly asks?: readonly string[]
}

const KEYS = { AWS_ACCESS_KEY_ID: 'ENVKEY', AWS_SECRET_ACCESS_KEY: 'environment-secret-1' }
const PROFILE = ['[profile work]', 'region = eu-test-1']
const ROLE = 'arn:aws:iam::123456789012:role/copier'
const AWS_CONFIG = 'home/.aws/config'
const handedOut = (by: keyof typeof HANDED_OUT): Login['sees'] => HANDED_OUT[by]
const own = (key: string): Login['sees'] => ({ key, token: undefined })

const LOGINS: Readonly<Record<string, Login>> = {
  'keys of its own': { env: (w) => connection(w, 'OWNKEY:own-secret-1@', ''), sees: own('OWNKEY') },
  'keys and a token of its own': {
    env: (w) => connection(w, 'OWNKEY:own-secret-1@', '&token=own-token'),
    sees: { key: 'OWNKEY', token: 'own-token' },
  },
  'no keys, asking for none': { env: (w) => connection(w, '', '&anonymous=true'), sees: own('nobody') },
  'the environment, for a connection without keys': {
    env: (w) => ({ ...KEYS, ...connection(w, '', '') }),
    sees: own('ENVKEY'),
  },
  'the environment, for s3://': {
    env: () => ({ ...KEYS, AWS_SESSION_TOKEN: 'environment-token' }),
    from: ['s3://'],
    sees: { key: 'ENVKEY', token: 'environment-token' },
  },
  'a profile with keys, by --source-profile': {
    env: () => {
      write('home/.aws/credentials', '[work]', 'aws_access_key_id = FILEKEY', 'aws_secret_access_key = file-secret-1')
      return {}
    },
    from: ['s3://', '--source-profile', 'work'],
    sees: own('FILEKEY'),
  },
  'a profile with keys, by the connection': {
    env: (w) => {
      write('home/.aws/credentials', '[work]', 'aws_access_key_id = FILEKEY', 'aws_secret_access_key = file-secret-1')
      return connection(w, '', '&profile=work')
    },
    sees: own('FILEKEY'),
  },
  'a profile whose keys a program tells': {
    env: () => {
      const told = JSON.stringify({ Version: 1, AccessKeyId: 'TOLDKEY', SecretAccessKey: 'told-secret-1', SessionToken: 'told' })
      write('told.json', told)
      write(AWS_CONFIG, ...PROFILE, `credential_process = cat ${join(sandbox.root, 'told.json')}`)
      return {}
    },
    from: ['s3://', '--source-profile', 'work'],
    sees: { key: 'TOLDKEY', token: 'told' },
  },
  'the container it runs in': {
    env: ({ services }) => ({
      // Asked without a proxy and without TLS: it is this machine.
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${services.origin}/container`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'badge',
    }),
    from: ['s3://'],
    sees: handedOut('container'),
    asks: ['container badge'],
  },
  'a web identity': {
    env: () => ({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: write('web-token', 'i-am-me').trim() }),
    from: ['s3://'],
    sees: handedOut('AssumeRoleWithWebIdentity'),
    asks: [`AssumeRoleWithWebIdentity ${ROLE} i-am-me\n`],
  },
  'a role, with keys of its own': {
    env: (w) => connection(w, 'OWNKEY:own-secret-1@', `&role=${ROLE}`),
    sees: handedOut('AssumeRole'),
    asks: [`AssumeRole ${ROLE} by OWNKEY`],
  },
  'a role, with the keys of the environment': {
    env: (w) => ({ ...KEYS, ...connection(w, '', `&role=${ROLE}`) }),
    sees: handedOut('AssumeRole'),
    asks: [`AssumeRole ${ROLE} by ENVKEY`],
  },
  'a profile with a role and the profile it comes from': {
    env: () => {
      write('home/.aws/credentials', '[base]', 'aws_access_key_id = BASEKEY', 'aws_secret_access_key = file-secret-1')
      write(AWS_CONFIG, ...PROFILE, `role_arn = ${ROLE}`, 'source_profile = base')
      return {}
    },
    from: ['s3://', '--source-profile', 'work'],
    sees: handedOut('AssumeRole'),
    asks: [`AssumeRole ${ROLE} by BASEKEY`],
  },
  'a profile that signed in (SSO)': {
    env: () => {
      const cache = createHash('sha1').update('desk').digest('hex')
      const token = { accessToken: 'signed-in', expiresAt: '2126-01-01T00:00:00Z', region: 'eu-test-1' }
      write(`home/.aws/sso/cache/${cache}.json`, JSON.stringify(token))
      write(
        AWS_CONFIG,
        ...PROFILE,
        'sso_session = desk',
        'sso_account_id = 123456789012',
        'sso_role_name = copier',
        '',
        '[sso-session desk]',
        'sso_region = eu-test-1',
        'sso_start_url = https://desk.example.test/start',
      )
      return {}
    },
    from: ['s3://', '--source-profile', 'work'],
    sees: handedOut('SSO'),
    asks: ['SSO copier 123456789012 signed-in'],
  },
}

async function copy(from: NonNullable<Login['from']>, env: Record<string, string>): Promise<CliResult & { target: string }> {
  const target = uniqueBucket('target')
  const [source, ...options] = from
  const result = await runCli(sandbox, [`${source}${bucket}`, `B:${target}`, '--yes', '--retries', '0', ...options], { env })
  return { ...result, target }
}

describe.each([
  ['over http', PLAIN],
  ['over https, through a proxy with a login', TUNNELLED],
])('%s, the keys come from', (_way, way) => {
  it.each(Object.entries(LOGINS))('%s', async (_name, { env, from = ['A:'], sees, asks = [] }) => {
    const there = await given(way)
    const container = await startKeyServices({ secure: false })
    const { origin } = asks.some((asked) => asked.startsWith('container')) ? container : there.services
    const services = { ...there.services, origin }
    const result = await copy(from, { ...surroundings(there), ...env({ ...there, services }) })
    await container.stop()
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(await oracle.readAll(result.target)).toEqual({ key: 'content' })
    expect(new Set(there.gate.seen().map(({ key, token }) => `${key} ${token}`))).toEqual(new Set([`${sees.key} ${sees.token}`]))
    expect([...container.asked, ...there.services.asked]).toEqual(asks)
    if (there.proxy !== undefined) {
      const throughIt = [there.gate.origin, ...(there.services.asked.length > 0 ? [there.services.origin] : [])]
      expect([...there.proxy.asked].sort()).toEqual(throughIt.map((url) => new URL(url).host).sort())
    }
  })
})

describe('every way to the endpoint', () => {
  it.each([
    ['http', PLAIN],
    ['https', { secure: true }],
    ['http, through a proxy', { secure: false, proxy: {} }],
    ['http, through a proxy with a login', { secure: false, proxy: { login: 'clerk:p@ss word' } }],
    ['https, through a proxy', { secure: true, proxy: {} }],
    ['https, through a proxy whose user has no password', { secure: true, proxy: { login: 'clerk:' } }],
    ['https, through a proxy that speaks TLS', { secure: true, proxy: { login: 'clerk:p', secure: true } }],
    ['http, through a proxy that speaks TLS', { secure: false, proxy: { secure: true } }],
  ] satisfies [string, Way][])('%s: the authority is named by ca-file', async (_way, way) => {
    const there = await given(way)
    const { NODE_EXTRA_CA_CERTS: caFile = '', ...others } = surroundings(there)
    const role = `&role=${ROLE}&ca-file=${encodeURIComponent(caFile)}`
    const result = await copy(['A:'], { ...others, ...connection(there, 'OWNKEY:own-secret-1@', role) })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(new Set(there.gate.seen().map(({ key }) => key))).toEqual(new Set([HANDED_OUT.AssumeRole.key]))
    if (there.proxy !== undefined) expect(there.proxy.asked.size).toBe(2)
  })

  it.each([
    ['http', false],
    ['https', true],
  ])('%s, through a proxy that wants another login: said at once, with 3', async (_way, secure) => {
    const there = await given({ secure, proxy: { login: 'clerk:right' } })
    const proxy = there.proxy?.url.replace('right', 'wrong-password') ?? ''
    const env = {
      ...surroundings(there),
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      ...connection(there, 'OWNKEY:own-secret-1@', ''),
    }
    const result = await copy(['A:'], env)
    expect(result).toMatchObject({ code: 3, stdout: '' })
    expect(result.stderr).toMatch(/^✗ The proxy requires a login, or refused it \(407\)\.\n {2}Write HTTPS_PROXY/)
    expect(result.stderr).not.toContain('wrong-password')
  })
})

/** An STS of another's making; CI requires it (see servers.ts). */
const moto = testServers().find(({ name }) => name === 'moto')
const withMoto = moto === undefined ? it.skip : it

describe('moto hands out keys', () => {
  const stsOf = async () => ({ AWS_ENDPOINT_URL_STS: new URL((await moto?.open())?.url ?? '').origin })

  withMoto('for a role', async () => {
    const there = await given(PLAIN)
    const env = { ...surroundings(there), ...(await stsOf()), ...connection(there, 'OWNKEY:own-secret-1@', `&role=${ROLE}`) }
    expect(await copy(['A:'], env)).toMatchObject({ code: 0, stderr: '' })
    expect(there.gate.seen().every(({ key, token }) => key.startsWith('ASIA') && token !== undefined)).toBe(true)
  })

  withMoto('for a web identity', async () => {
    const there = await given(PLAIN)
    const env = {
      ...surroundings(there),
      ...(await stsOf()),
      AWS_ROLE_ARN: ROLE,
      AWS_WEB_IDENTITY_TOKEN_FILE: write('web-token', 'i-am-me'),
    }
    expect(await copy(['s3://'], env)).toMatchObject({ code: 0, stderr: '' })
    expect(there.gate.seen().every(({ key, token }) => key.startsWith('ASIA') && token !== undefined)).toBe(true)
  })
})

describe('the other commands log in the same way', () => {
  it.each([
    ['connections', 'test', 'A'],
    ['doctor', `A:`],
  ])('%s %s', async (...words) => {
    const there = await given(TUNNELLED)
    const args = words[0] === 'doctor' ? ['doctor', `A:${bucket}`] : words
    const env = { ...surroundings(there), ...KEYS, ...connection(there, '', `&role=${ROLE}`) }
    const result = await runCli(sandbox, args, { env })
    expect(result).toMatchObject({ code: 0 })
    expect(new Set(there.gate.seen().map(({ key }) => key))).toEqual(new Set([HANDED_OUT.AssumeRole.key]))
    expect(new Set(there.services.asked)).toEqual(new Set([`AssumeRole ${ROLE} by ENVKEY`]))
  })
})

describe('requests are signed for the region of', () => {
  const config = (...lines: string[]) => write(AWS_CONFIG, '[default]', 'region = of-default', '[profile work]', ...lines)
  it.each<[string, string, Record<string, string>, () => unknown, readonly string[]]>([
    ['nobody: us-east-1', 'us-east-1', {}, () => undefined, []],
    ['AWS_DEFAULT_REGION', 'of-default-variable', { AWS_DEFAULT_REGION: 'of-default-variable' }, () => config(), []],
    ['AWS_REGION first', 'of-variable', { AWS_REGION: 'of-variable', AWS_DEFAULT_REGION: 'other' }, () => config(), []],
    ['the default profile', 'of-default', {}, () => config(), []],
    ['the profile of AWS_PROFILE', 'of-work', { AWS_PROFILE: 'work' }, () => config('region = of-work'), []],
    ['--source-profile', 'of-work', {}, () => config('region = of-work'), ['--source-profile', 'work']],
    ['a profile without one: us-east-1', 'us-east-1', {}, () => config(), ['--source-profile', 'work']],
  ])('%s', async (_what, region, env, prepare, options) => {
    const there = await given(PLAIN)
    prepare()
    write(
      'home/.aws/credentials',
      ...['default', 'work'].flatMap((profile) => [
        `[${profile}]`,
        'aws_access_key_id = FILEKEY',
        'aws_secret_access_key = file-secret-1',
      ]),
    )
    const result = await copy(['s3://', ...options], { ...surroundings(there), ...env })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(new Set(there.gate.seen().map((seen) => seen.region))).toEqual(new Set([region]))
  })

  it('AWS_REGION, or a profile, that names no region: exit 2, naming which', async () => {
    const there = await given(PLAIN)
    const env = { ...surroundings(there), ...KEYS }
    const byVariable = await copy(['s3://'], { ...env, AWS_REGION: 'eu west' })
    expect(byVariable).toMatchObject({ code: 2, stdout: '' })
    expect(byVariable.stderr).toMatch(/^✗ AWS_REGION names the region "eu west"/)
    config('region = eu/west')
    const byProfile = await copy(['s3://', '--source-profile', 'work'], env)
    expect(byProfile).toMatchObject({ code: 2, stdout: '' })
    expect(byProfile.stderr).toMatch(/^✗ The profile "work" names the region "eu\/west"/)
  })
})

it('a profile that does not exist: exit 2, naming it', async () => {
  const there = await given(PLAIN)
  const result = await copy(['s3://', '--source-profile', 'nowhere'], surroundings(there))
  expect(result).toMatchObject({ code: 2, stdout: '' })
  expect(result.stderr).toMatch(/^✗ There is no profile "nowhere"/)
})
