import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suggestLocation } from '../../../src/cli/run/suggest-location.js'
import { givenConnections } from '../../support/saved-connections.js'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-connections-'))
})
afterEach(() => rmSync(root, { recursive: true }))

describe('a word that is no location', () => {
  it.each<[word: string, meant: string | undefined]>([
    ['minio', '"minio" is a connection: write minio:BUCKET.'],
    ['MinIO', '"MINIO" is a connection: write MINIO:BUCKET.'],
    ['minio/photos/2026', '"minio" is a connection: did you mean minio:photos/2026?'],
    ['here', 'Did you mean ./here?'],
    ['here/below', 'Did you mean ./here/below?'],
    ['both', '"both" is a connection: write both:BUCKET. For what is on this machine: ./both'],
    ['mimio', 'Did you mean MINIO:BUCKET?'],
    ['mimio/photos/2026', 'Did you mean MINIO:photos/2026?'],
    ['quite-another', undefined],
  ])('"%s": %s', async (word, meant) => {
    const { proc } = await givenConnections(root, ['MINIO', 'minio', 'both'])
    mkdirSync(join(root, 'here/below'), { recursive: true })
    mkdirSync(join(root, 'both'))
    expect(await suggestLocation(word, proc)).toBe(meant)
  })

  it('given connections that cannot be read, is explained by what is on this machine', async () => {
    const { proc } = await givenConnections(root, [])
    mkdirSync(join(root, 'state/connections.json'), { recursive: true })
    mkdirSync(join(root, 'here'))
    expect(await suggestLocation('here', proc)).toBe('Did you mean ./here?')
  })
})
