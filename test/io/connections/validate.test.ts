import { describe, expect, it } from '@jest/globals'
import { endpointProblem, nameProblem, plainEndpoint, regionProblem } from '../../../src/io/connections/validate.js'

describe('the name of a connection', () => {
  it.each(['a', 'minio', 'My-Box_2.old', '2nd', '阿里云', 'büro', 'x'.repeat(64)])('given %s, then it is valid', (name) => {
    expect(nameProblem(name)).toBeUndefined()
  })
  it.each([
    '',
    ' ',
    'a b',
    'a:b',
    'a/b',
    '-a',
    '.a',
    'a\u001b[2J',
    'a\u202eb',
    '😀',
    'x'.repeat(65),
    's3',
    'FILE',
    'constructor',
  ])('given %j, then a sentence explains the problem', (name) => {
    expect(nameProblem(name)).toMatch(/\.$/)
  })
})

describe('an endpoint', () => {
  it.each([
    'http://host',
    'https://x.supabase.co/storage/v1/s3',
    'http://gateway/s3/',
    'https://s3.example.com',
    'HTTPS://host:9000/',
    'http://127.0.0.1:9000',
    'http://[::1]:9000',
  ])('given %s, then it is valid', (endpoint) => {
    expect(endpointProblem(endpoint)).toBeUndefined()
  })
  it.each([
    ['', 'begins with http'],
    ['s3.example.com', 'begins with http'],
    ['ftp://host', 'begins with http'],
    ['http:/host', 'begins with http'],
    ['http://', 'HOST'],
    ['http://host:port', 'HOST'],
    ['http://a b', 'HOST'],
    ['http://key:secret@host', 'holds no keys'],
    ['http://host?x=1', 'no "?"'],
    ['http://host#x', 'no "#"'],
  ])('given %s, then the message contains: … %s …', (endpoint, says) => {
    expect(endpointProblem(endpoint)).toContain(says)
  })
  it('given several forms of the same endpoint, then they are saved as one', () => {
    expect(['HTTP://Host:80/', 'http://host'].map(plainEndpoint)).toEqual(['http://host', 'http://host'])
    expect(['http://host/s3/', 'http://Host/s3'].map(plainEndpoint)).toEqual(['http://host/s3', 'http://host/s3'])
  })
})

describe('a region', () => {
  it('is a word, from AWS or not', () => {
    expect(['us-east-1', 'auto', 'RegionOne', 'fr_par'].map(regionProblem)).toEqual([undefined, undefined, undefined, undefined])
    for (const region of ['', 'eu central', 'eu/1', '-eu']) expect(regionProblem(region)).toMatch(/\.$/)
  })
})
