import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionBook, openConnectionBook } from '../../../src/io/connections/connection-book.js'
import type { Connection } from '../../../src/io/connection.js'

const NOW = Date.UTC(2026, 10, 23, 21, 30)
const SECRET = 'a-secret-nobody-may-read'
const MINIO: Connection = {
  name: 'minio',
  endpoint: 'https://minio.example:9000',
  region: 'home',
  accessKeyId: 'AKIA',
  secretAccessKey: SECRET,
  sessionToken: `${SECRET}-token`,
  pathStyle: true,
}

let root: string
let notices: string[]
let env: Record<string, string>

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 's3-sync-book-'))
  notices = []
  env = { OPSKIT_TOOL_TEMP_DIR: join(root, 'temp') }
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const open = (more: Record<string, string> = {}): ConnectionBook =>
  openConnectionBook({
    ...{ env: { ...env, ...more }, home: join(root, 'home'), cwd: join(root, 'cwd'), now: () => NOW },
    onNotice: (message) => notices.push(message),
  })

const file = () => join(root, 'temp/connections.json')
const write = (content: string): void => {
  mkdirSync(join(root, 'temp'), { recursive: true })
  writeFileSync(file(), content)
}

/** The bytes of all files below the root. */
function everything(directory = root): string {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n')
}

describe('a saved connection', () => {
  it('is read unchanged, also by another process', async () => {
    await open().save([MINIO])
    expect(await open().find('minio')).toEqual(MINIO)
  })

  it('is listed without its secrets, which needs no key', async () => {
    await open().save([MINIO])
    rmSync(join(root, 'home'), { recursive: true })
    const { secretAccessKey, sessionToken, ...rest } = MINIO
    expect(await open().list()).toEqual([{ ...rest, origin: 'saved' }])
    expect([secretAccessKey, sessionToken]).not.toContain(undefined)
  })

  it('leaves no secret readable on disk; only the owner can read file and key', async () => {
    await open().save([MINIO])
    expect(everything()).not.toContain(SECRET)
    expect(everything()).not.toContain(Buffer.from(SECRET).toString('base64'))
    expect(statSync(file()).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'home/.config/s3-sync/key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(root, 'home/.config/s3-sync')).mode & 0o777).toBe(0o700)
  })

  it('is read unchanged, whatever its secret is', async () => {
    const book = open()
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1 }), async (secretAccessKey) => {
        await book.save([{ ...MINIO, secretAccessKey }])
        expect(await book.find('minio')).toEqual({ ...MINIO, secretAccessKey })
      }),
      { numRuns: 20 },
    )
  })

  it('can be removed once', async () => {
    await open().save([MINIO])
    expect(await open().remove('minio')).toBe(true)
    expect(await open().remove('minio')).toBe(false)
    expect(await open().find('minio')).toBeUndefined()
  })

  it('is never lost when many are saved at once', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `c${i}`)
    await Promise.all(names.map((name) => open().save([{ ...MINIO, name }])))
    expect((await open().list()).map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(readdirSync(join(root, 'temp'))).toEqual(['connections.json'])
  })

  it('whose secret was moved to another name can’t be unlocked', async () => {
    await open().save([MINIO, { ...MINIO, name: 'other', secretAccessKey: 'x' }])
    const content = readFileSync(file(), 'utf8')
      .replaceAll('"minio"', '"tmp"')
      .replaceAll('"other"', '"minio"')
      .replaceAll('"tmp"', '"other"')
    writeFileSync(file(), content)
    await expect(open().find('minio')).rejects.toMatchObject({ what: expect.stringContaining('damaged') })
  })
})

describe('with a passphrase', () => {
  const passphrase = { S3_SYNC_PASSPHRASE: 'correct horse' }

  it('no key file is created, and only the same passphrase unlocks', async () => {
    await open(passphrase).save([MINIO])
    expect(readdirSync(root)).toEqual(['temp'])
    expect(await open(passphrase).find('minio')).toEqual(MINIO)
    await expect(open({ S3_SYNC_PASSPHRASE: 'wrong' }).find('minio')).rejects.toMatchObject({
      what: expect.stringContaining('S3_SYNC_PASSPHRASE is not'),
    })
    await expect(open().find('minio')).rejects.toMatchObject({ todo: 'Set S3_SYNC_PASSPHRASE to it.' })
  })

  it('set later, it takes over the secrets of the key file at the next save', async () => {
    await open().save([MINIO])
    expect(await open(passphrase).find('minio')).toEqual(MINIO)
    await open(passphrase).save([{ ...MINIO, name: 'second' }])
    rmSync(join(root, 'home'), { recursive: true })
    expect(await open(passphrase).find('minio')).toEqual(MINIO)
  })
})

describe('given a key that is gone or wrong', () => {
  it.each([
    ['missing', undefined, 'is missing'],
    ['another one', `${Buffer.alloc(32, 7).toString('base64')}\n`, 'is not the one'],
    ['damaged', 'nonsense', 'is damaged'],
  ])('%s: reports it and what to do', async (_what, content, says) => {
    await open().save([MINIO])
    const key = join(root, 'home/.config/s3-sync/key')
    if (content === undefined) rmSync(key)
    else writeFileSync(key, content)
    await expect(open().find('minio')).rejects.toMatchObject({
      what: expect.stringContaining(says),
      todo: expect.stringMatching(/key|backup/),
    })
  })
})

describe('the older tool’s file', () => {
  const legacy = JSON.stringify({
    'my minio': {
      ...{ name: 'my minio', aws_access_key: 'AKIA', aws_secret_key: Buffer.from(SECRET).toString('base64') },
      ...{ aws_region: 'home', s3_endpoint: 'https://minio.example:9000/' },
    },
    aws: {
      name: 'aws',
      aws_access_key: 'AKIB',
      aws_secret_key: Buffer.from('other').toString('base64'),
      aws_region: '',
      s3_endpoint: '',
    },
  })

  it('is upgraded in place, reports it once, and leaves no secret behind', async () => {
    write(legacy)
    const upgraded = {
      name: 'my-minio',
      endpoint: 'https://minio.example:9000',
      region: 'home',
      accessKeyId: 'AKIA',
      secretAccessKey: SECRET,
    }
    expect(await open().find('my-minio')).toEqual(upgraded)
    expect(await open().find('aws')).toEqual({ name: 'aws', accessKeyId: 'AKIB', secretAccessKey: 'other' })
    expect(notices).toHaveLength(1)
    expect(everything()).not.toContain(Buffer.from(SECRET).toString('base64'))
    expect(statSync(file()).mode & 0o777).toBe(0o600)
  })

  it('is still read in the working directory, and can be imported', async () => {
    const old = join(root, 'cwd/.s3-sync-temp')
    mkdirSync(old, { recursive: true })
    writeFileSync(join(old, 'connections.json'), legacy)
    expect(await open().list()).toMatchObject([
      { name: 'aws', origin: 'old-file' },
      { name: 'my-minio', origin: 'old-file' },
    ])
    expect((await open().find('aws'))?.secretAccessKey).toBe('other')
    expect(await open().importFile('.s3-sync-temp/connections.json')).toEqual(['my-minio', 'aws'])
    expect(await open().list()).toMatchObject([{ origin: 'saved' }, { origin: 'saved' }])
  })
})

describe('a damaged file', () => {
  it.each([
    ['cut in the middle', '{"schema": 1, "conn'],
    ['of another shape', '[1, 2, 3]'],
    ['empty', ''],
  ])('%s is set aside and reported, and the tool continues', async (_what, content) => {
    write(content)
    expect(await open().list()).toEqual([])
    expect(notices).toMatchObject([expect.stringContaining('connections.json.damaged-20261123T213000')])
    await open().save([MINIO])
    expect(readdirSync(join(root, 'temp')).sort()).toEqual(['connections.json', 'connections.json.damaged-20261123T213000'])
  })
})

describe('connections of the environment', () => {
  const from = (value: string) => open({ S3_SYNC_CONNECTION_MY_MINIO: value }).find('my-minio')

  it('are written as a URL, percent-encoded', async () => {
    expect(await from('https://a%2Fb:c%40d@host:9000?region=eu-1&token=t%2B&path-style=false&requester-pays=true')).toEqual({
      ...{ name: 'my-minio', endpoint: 'https://host:9000', accessKeyId: 'a/b', secretAccessKey: 'c@d' },
      ...{ region: 'eu-1', sessionToken: 't+', pathStyle: false, requesterPays: true },
    })
    expect(await from('http://host?anonymous=true')).toEqual({ name: 'my-minio', endpoint: 'http://host', anonymous: true })
  })

  it('are found in any case, and override saved ones', async () => {
    await open().save([{ ...MINIO, name: 'My-Minio' }])
    const book = open({ s3_sync_connection_my_minio: 'http://k:s@env' })
    expect((await book.find('My-Minio'))?.endpoint).toBe('http://env')
    expect(await book.list()).toMatchObject([{ name: 'My-Minio', endpoint: 'http://env', origin: 'environment' }])
  })
})
