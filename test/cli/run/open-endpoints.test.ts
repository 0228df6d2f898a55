import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { awsConnection, findConnection, findListed } from '../../../src/cli/run/open-endpoints.js'
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
    expect(await findConnection(name, book)).toMatchObject({ endpoint })
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
    await expect(findConnection(name, book)).rejects.toMatchObject(refused)
    await expect(findListed(name, book)).rejects.toMatchObject(refused)
  })

  it('given none at all, is refused with how to add it', async () => {
    const { book } = await givenConnections(root, [], {})
    await expect(findConnection('a', book)).rejects.toMatchObject({ todo: 'Known: none. Add it with: s3-sync connections add a' })
  })

  it('given a malformed one of the environment, is refused with what is wrong, not as unknown', async () => {
    const { book } = await givenConnections(root, [], { S3_SYNC_CONNECTION_BAD: 'ftp://host' })
    await expect(findConnection('bad', book)).rejects.toMatchObject({
      exitCode: 2,
      what: expect.stringMatching(/does not begin/),
    })
  })
})

describe('s3://', () => {
  it.each<[what: string, env: Readonly<Record<string, string>>, endpoint: string | undefined]>([
    ['nothing in the environment', {}, undefined],
    ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: 'http://own/' }, 'http://own'],
    ['the variable of S3 as well, which wins', { AWS_ENDPOINT_URL: 'http://all', AWS_ENDPOINT_URL_S3: 'http://s3' }, 'http://s3'],
  ])('given %s', (_what, env, endpoint) => {
    expect(awsConnection(fakeProcess({ env }).proc)).toEqual({ name: 's3', ...(endpoint !== undefined && { endpoint }) })
  })

  it.each([
    ['', /is set, and empty/],
    ['own:9000', /An endpoint begins with/],
  ])('given AWS_ENDPOINT_URL_S3="%s", is refused: it must not go to AWS instead', (AWS_ENDPOINT_URL_S3, what) => {
    expect(() => awsConnection(fakeProcess({ env: { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL: 'http://own' } }).proc)).toThrow(what)
  })
})
