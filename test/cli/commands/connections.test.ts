import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectionsCommand } from '../../../src/cli/commands/connections.js'
import { givenConnections } from '../../support/saved-connections.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-connections-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('the connections command', () => {
  const output = { json: true } as const

  it.each([
    ['MINIO', 'http://minio-0'],
    ['minio', 'http://minio-1'],
    ['my-stores', 'http://stores'],
  ])('shows "%s" and not one of a similar name', async (name, endpoint) => {
    const { proc, stdout } = await givenConnections(root, ['MINIO', 'minio'])
    expect(await connectionsCommand({ action: 'show', name, output, yes: false }, proc)).toBe(0)
    expect(JSON.parse(stdout.text)).toMatchObject({ connection: { endpoint } })
  })

  it.each([
    ['my-stores', '"my-stores" is from the environment.'],
    ['MY_STORES', '"MY_STORES" is from the environment.'],
    ['MinIO', 'There is no connection "MinIO".'],
  ])('does not remove "%s"', async (name, what) => {
    const { proc, book } = await givenConnections(root, ['minio'])
    await expect(connectionsCommand({ action: 'remove', name, output, yes: true }, proc)).rejects.toMatchObject({ what })
    expect((await book.list()).map((one) => one.name)).toEqual(['MY_STORES', 'minio'])
  })

  it('removes the one of two that is named', async () => {
    const { proc, book } = await givenConnections(root, ['MINIO', 'minio'])
    await connectionsCommand({ action: 'remove', name: 'minio', output, yes: true }, proc)
    expect((await book.list()).map((one) => one.name)).toEqual(['MINIO', 'MY_STORES'])
  })
})
