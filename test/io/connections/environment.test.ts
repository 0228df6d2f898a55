import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ConfigurationError } from '../../../src/io/connections/configuration-error.js'
import type { Connection } from '../../../src/io/connection.js'
import { environmentNames, fromEnvironment, sameName } from '../../../src/io/connections/environment.js'

const from = (value: string): Connection | undefined => fromEnvironment('box', { S3_SYNC_CONNECTION_BOX: value })

describe('S3_SYNC_CONNECTION_<NAME>', () => {
  const KEYS = { accessKeyId: 'k', secretAccessKey: 's' }
  it.each<[value: string, connection: Omit<Connection, 'name'>]>([
    ['http://k:s@host', { endpoint: 'http://host', ...KEYS }],
    ['HTTPS://k:s@Host:9000/', { endpoint: 'https://host:9000', ...KEYS }],
    ['http://host', { endpoint: 'http://host' }],
    ['http://k:s@[::1]:9000', { endpoint: 'http://[::1]:9000', ...KEYS }],
    ['http://a%2Fb:c%3A%40%2B%25@host', { endpoint: 'http://host', accessKeyId: 'a/b', secretAccessKey: 'c:@+%' }],
    ['http://k:s+t@host', { endpoint: 'http://host', accessKeyId: 'k', secretAccessKey: 's+t' }],
    ['http://k:s@host?region=eu-central-1', { endpoint: 'http://host', ...KEYS, region: 'eu-central-1' }],
    ['http://k:s@host?token=a+b%2Bc%2F%3D', { endpoint: 'http://host', ...KEYS, sessionToken: 'a+b+c/=' }],
    ['http://host?anonymous=true', { endpoint: 'http://host', anonymous: true }],
    ['https://host/storage/v1/s3/?region=eu-1', { endpoint: 'https://host/storage/v1/s3', region: 'eu-1' }],
    ['http://host?path-style=false', { endpoint: 'http://host', pathStyle: false }],
    ['https://host?insecure=true&ca-file=%2Fca.pem', { endpoint: 'https://host', insecure: true, caFile: '/ca.pem' }],
    ['https://host?requester-pays=true', { endpoint: 'https://host', requesterPays: true }],
    [
      'https://host?profile=work&role=arn:aws:iam::1:role/x',
      { endpoint: 'https://host', profile: 'work', roleArn: 'arn:aws:iam::1:role/x' },
    ],
  ])('given %s, then the connection is as expected', (value, connection) => {
    expect(from(value)).toEqual({ name: 'box', ...connection })
  })

  it.each<[value: string, says: string]>([
    ['ftp://k:hush@host', 'does not begin with http:// or https://'],
    ['k:hush@host', 'does not begin with http:// or https://'],
    ['https://', 'is no URL'],
    ['https://k:hu/sh@host', 'is no URL'],
    ['https://k:hu#sh@host', 'is no URL'],
    ['https://k:hush@host#hush', 'holds a "#"'],
    ['https://k:hush%zz@host', 'is not percent-encoded'],
    ['https://hush@host', 'a key without a secret'],
    ['https://:hush@host', 'a secret without a key'],
    ['https://k:hush@host?region=eu central', 'region is a word'],
    ['https://k:hush@host?region=', 'region is a word'],
    ['https://k:hush@host?region=a&region=b', 'region is given twice'],
    ['https://k:hush@host?path-style=yes', 'path-style is true or false'],
    ['https://k:hush@host?anonymous=', 'anonymous is true or false'],
    ['https://k:hush@host?regoin=eu', 'a parameter is none of those of a connection'],
  ])('given %s, then the message names the variable and the problem, but no secret', (value, says) => {
    let thrown: unknown
    try {
      from(value)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(ConfigurationError)
    expect(thrown).toMatchObject({ what: expect.stringMatching(/^S3_SYNC_CONNECTION_BOX: /) })
    expect(thrown).toMatchObject({ what: expect.stringContaining(says) })
    expect(JSON.stringify([thrown, String(thrown)])).not.toContain('hu')
  })

  it('given any key, secret and token, percent-encoded, then they are read unchanged', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, text, (accessKeyId, secretAccessKey, sessionToken) => {
        const [key, secret, token] = [accessKeyId, secretAccessKey, sessionToken].map(encodeURIComponent)
        expect(from(`https://${key}:${secret}@host?token=${token}`)).toMatchObject({ accessKeyId, secretAccessKey, sessionToken })
      }),
    )
  })

  it.each([
    ['S3_SYNC_CONNECTION_MY_BOX', 'my-box', true],
    ['S3_SYNC_CONNECTION_my_box', 'My-Box', true],
    ['s3_sync_connection_MY_BOX', 'my_box', true],
    ['S3_SYNC_CONNECTION_MYBOX', 'my-box', false],
    ['S3_SYNC_CONNECTION_MY_BOX_2', 'my-box', false],
  ])('given %s, when %s is looked for, then it is found: %s', (variable, name, found) => {
    expect(fromEnvironment(name, { [variable]: 'http://host' }) !== undefined).toBe(found)
  })

  it('given an empty variable, then it counts as not set', () => {
    expect(from('')).toBeUndefined()
  })

  it('given several, then their names are listed as written', () => {
    expect(environmentNames({ S3_SYNC_CONNECTION_A: '', s3_sync_connection_b_c: 'x', S3_SYNC_PASSPHRASE: 'x' })).toEqual([
      'A',
      'b_c',
    ])
    expect(sameName('B-C', 'b_c')).toBe(true)
  })
})
