import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { atEndpointOfProfile, awsConnection, findConnection, findListed } from '../../../src/cli/run/open-endpoints.js'
import type { Connection } from '../../../src/io/connection.js'
import { givenConnections } from '../../support/saved-connections.js'
import { fakeProcess } from '../../support/fake-process.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-connections-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('a connection that is named', () => {
  it.each<[name: string, saved: readonly string[], endpoint: string]>([
    ['minio', ['minio'], 'http://minio-0'],
    ['minio', ['MINIO', 'minio'], 'http://minio-1'],
    ['MINIO', ['MINIO', 'minio'], 'http://minio-0'],
    ['MY_STORES', [], 'http://stores'],
    ['my-stores', [], 'http://stores'],
    ['my-stores', ['my-stores'], 'http://stores'],
  ])('"%s", given %j saved and MY_STORES in the environment, is found', async (name, saved, endpoint) => {
    const { book } = await givenConnections(root, saved)
    expect(await findConnection(name, book, {})).toMatchObject({ endpoint })
    expect(await findListed(name, book)).toMatchObject({ endpoint })
  })

  it.each<[name: string, saved: readonly string[], todo: string]>([
    ['MinIO', ['minio'], 'Did you mean minio? Names of saved connections are case-sensitive.'],
    ['minio', ['MINIO', 'MinIO', 'other'], 'Did you mean MINIO or MinIO? Names of saved connections are case-sensitive.'],
    ['mini', ['minio'], 'Did you mean minio? Or add it with: s3-sync connections add mini'],
    ['photos', ['minio'], 'Known: MY_STORES, minio. Add it with: s3-sync connections add photos'],
  ])('"%s", given %j saved, is refused with what was probably meant', async (name, saved, todo) => {
    const { book } = await givenConnections(root, saved)
    const refused = { exitCode: 2, what: `There is no connection "${name}".`, todo }
    await expect(findConnection(name, book, {})).rejects.toMatchObject(refused)
    await expect(findListed(name, book)).rejects.toMatchObject(refused)
  })

  it('given none at all, is refused with how to add it', async () => {
    const { book } = await givenConnections(root, [], {})
    await expect(findConnection('a', book, {})).rejects.toMatchObject({
      todo: 'Known: none. Add it with: s3-sync connections add a',
    })
  })

  it('given a malformed one of the environment, is refused with what is wrong, not as unknown', async () => {
    const { book } = await givenConnections(root, [], { S3_SYNC_CONNECTION_BAD: 'ftp://host' })
    await expect(findConnection('bad', book, {})).rejects.toMatchObject({
      exitCode: 2,
      what: expect.stringMatching(/does not begin/),
    })
  })
})

/** AWS's shared configuration; the SDK finds it by the environment of the process. */
function givenConfig(...lines: readonly string[]): void {
  writeFileSync(join(root, 'config'), `${lines.join('\n')}\n`)
  process.env['AWS_CONFIG_FILE'] = join(root, 'config')
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = join(root, 'credentials')
}
afterEach(() => {
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) Reflect.deleteProperty(process.env, name)
})

const PROFILES = [
  ...['[default]', 'endpoint_url = http://of-default', '[profile plain]', 'region = eu-test-1'],
  ...[
    '[profile own]',
    'endpoint_url = http://of-profile/',
    '[profile both]',
    'endpoint_url = http://of-profile',
    'services = box',
  ],
  ...['[services box]', 's3 =', '  endpoint_url = http://of-services', 'sts =', '  endpoint_url = http://of-sts'],
  ...['[profile ignored]', 'endpoint_url = http://of-profile', 'ignore_configured_endpoint_urls = true'],
  ...[
    '[profile empty]',
    'endpoint_url =',
    '[profile dangling]',
    'services = nowhere',
    '[profile bad]',
    'endpoint_url = own:9000',
  ],
]

/** The rules of the AWS SDKs and Tools Reference Guide, "Service-specific endpoints". */
describe('s3://', () => {
  const IGNORE = { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' }
  it.each<[what: string, env: Readonly<Record<string, string>>, profile: string | undefined, endpoint: string | undefined]>([
    ['a profile without one', {}, 'plain', undefined],
    ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: 'http://own/' }, 'plain', 'http://own'],
    [
      'a path, as Supabase has it',
      { AWS_ENDPOINT_URL: 'https://x.supabase.co/storage/v1/s3/' },
      'plain',
      'https://x.supabase.co/storage/v1/s3',
    ],
    [
      'the variable of S3 as well, which wins',
      { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://s3' },
      'plain',
      'http://s3',
    ],
    ['endpoint_url of the default profile', {}, undefined, 'http://of-default'],
    ['endpoint_url of AWS_PROFILE', { AWS_PROFILE: 'own' }, undefined, 'http://of-profile'],
    ['endpoint_url of the profile', {}, 'own', 'http://of-profile'],
    ['its services section, which wins', {}, 'both', 'http://of-services'],
    ['the environment and a profile: the environment wins', { AWS_ENDPOINT_URL: 'http://all' }, 'both', 'http://all'],
    ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS', { ...IGNORE, AWS_ENDPOINT_URL: 'http://all' }, 'both', undefined],
    ['a profile that ignores them', { AWS_ENDPOINT_URL: 'http://all' }, 'ignored', undefined],
    ['the same, but the environment does not', { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'false' }, 'ignored', 'http://of-profile'],
  ])('given %s', async (_what, env, profile, endpoint) => {
    givenConfig(...PROFILES)
    const named = profile === undefined ? {} : { profile }
    expect(await awsConnection(fakeProcess({ env }).proc, profile)).toEqual({
      name: 's3',
      ...named,
      ...(endpoint !== undefined && { endpoint }),
    })
  })

  it.each([
    [{ AWS_ENDPOINT_URL_S3: '', AWS_ENDPOINT_URL: 'http://own' }, 'plain', /^AWS_ENDPOINT_URL_S3 .* is set, and empty/],
    [
      { AWS_ENDPOINT_URL_S3: 'own:9000', AWS_ENDPOINT_URL: 'http://own' },
      'plain',
      /^AWS_ENDPOINT_URL_S3 .* An endpoint begins with/,
    ],
    [{}, 'bad', /^endpoint_url of the profile "bad" .* An endpoint begins with/],
    [{}, 'dangling', /^The profile "dangling" names the section \[services nowhere\], which does not exist/],
    [{}, 'missing', /^There is no profile "missing"/],
  ])('given %j and the profile %s, is refused: it must not go to AWS instead', async (env, profile, what) => {
    givenConfig(...PROFILES)
    await expect(awsConnection(fakeProcess({ env }).proc, profile)).rejects.toMatchObject({
      exitCode: 2,
      what: expect.stringMatching(what),
    })
  })
})

describe('a connection without an endpoint', () => {
  it.each<[what: string, connection: Partial<Connection>, endpoint: string | undefined]>([
    ['and without a profile is AWS, whatever the environment says', {}, undefined],
    ['has that of its profile', { profile: 'both' }, 'http://of-services'],
    ['keeps to AWS if its profile names none', { profile: 'plain' }, undefined],
    ['is not asked for if it has one', { profile: 'both', endpoint: 'http://own' }, 'http://own'],
  ])('%s', async (_what, connection, endpoint) => {
    givenConfig(...PROFILES)
    const env = { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://all' }
    expect((await atEndpointOfProfile({ name: 'a', ...connection }, env)).endpoint).toBe(endpoint)
  })
})
