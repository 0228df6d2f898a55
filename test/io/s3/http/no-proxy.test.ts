import { describe, expect, it } from '@jest/globals'
import { isExcluded } from '../../../../src/io/s3/http/no-proxy.js'

const NAME = 'https://s3.example.test'
const ADDRESS = 'http://10.1.2.3:9000'
const SIX = 'http://[fd00::1]:9000'

describe('NO_PROXY excludes an endpoint', () => {
  it.each([
    [NAME, '*'],
    [NAME, 's3.example.test'],
    [NAME, 'S3.Example.Test'],
    [NAME, 'example.test'],
    [NAME, '.example.test'],
    [NAME, '*.example.test'],
    [NAME, '.s3.example.test'],
    ['https://bucket.s3.example.test', 's3.example.test'],
    [NAME, 's3.example.test:443'],
    [NAME, '.example.test:443'],
    [NAME, 'localhost, 127.0.0.1,example.test'],
    [NAME, 'localhost example.test'],
    [ADDRESS, '10.1.2.3'],
    [ADDRESS, '10.1.2.3:9000'],
    [ADDRESS, '10.0.0.0/8'],
    [ADDRESS, 'localhost,10.1.2.0/24'],
    [SIX, 'fd00::1'],
    [SIX, '[fd00::1]'],
    [SIX, '[fd00::1]:9000'],
    [SIX, 'fd00::/8'],
  ])('%s by %s', (endpoint, list) => {
    expect(isExcluded(new URL(endpoint), list)).toBe(true)
  })
})

describe('NO_PROXY does not exclude an endpoint', () => {
  it.each([
    [NAME, ''],
    [NAME, ','],
    [NAME, 'ample.test'],
    [NAME, 'other.s3.example.test'],
    [NAME, 's3.example.test:9000'],
    [NAME, '10.0.0.0/8'],
    [ADDRESS, '2.3'],
    [ADDRESS, '10.1.2.3:80'],
    [ADDRESS, '10.2.0.0/16'],
    [ADDRESS, '10.0.0.0/33'],
    [ADDRESS, '10.0.0.0/x'],
    [ADDRESS, 'fd00::/8'],
    [SIX, 'fd01::/16'],
  ])('%s by %s', (endpoint, list) => {
    expect(isExcluded(new URL(endpoint), list)).toBe(false)
  })
})
