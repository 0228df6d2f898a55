import { expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { secretsTold } from './secrets.js'

const env = { S3_SYNC_CONNECTION_A: 'http://key:s3cr%2Fet-5f1c@host?token=to%2Bken-5f1c', HOME: '/home/me' }

it.each([
  ['a secret', 'the s3cr/et-5f1c was refused'],
  ['an encoded one', 'http://key:s3cr%2Fet-5f1c@host'],
  ['a token', 'to+ken-5f1c'],
])('%s is found in outputs', (_what, text) => {
  expect(secretsTold(env, { stdout: 'nothing', stderr: text }, [])).toEqual(['stderr'])
})

it('a customer-provided key is found in every encoding', () => {
  const key = Buffer.from('0123456789abcdef0123456789ABCDEF')
  for (const given of [key.toString(), key.toString('base64')]) {
    for (const told of [key.toString(), key.toString('base64'), key.toString('hex')]) {
      expect(secretsTold({ S3_SYNC_TARGET_SSE_KEY: given }, { stdout: `key ${told}` }, [])).toEqual(['stdout'])
    }
  }
})

it('is found in files', () => {
  const directory = mkdtempSync(join(tmpdir(), 's3-sync-secrets-'))
  try {
    writeFileSync(join(directory, '.hidden'), 'xx s3cr/et-5f1c xx')
    writeFileSync(join(directory, 'harmless'), '/home/me key host')
    expect(secretsTold(env, {}, [directory])).toEqual([join(directory, '.hidden')])
  } finally {
    rmSync(directory, { recursive: true })
  }
})
