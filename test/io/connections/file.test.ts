import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from '@jest/globals'
import { type ConnectionBook, openConnectionBook } from '../../../src/io/connections/connection-book.js'
import { runChildren } from '../files/children.js'
import { temporaryDirectory } from '../files/directory.js'

const directory = temporaryDirectory()
const at = (path: string): string => join(directory.path, path)
let notices: string[]
beforeEach(() => {
  notices = []
})

function open(env: Record<string, string> = {}): ConnectionBook {
  return openConnectionBook({
    env: { OPSKIT_TOOL_TEMP_DIR: at('temp'), OPSKIT_WORKING_DIR: directory.path, ...env },
    home: at('home'),
    cwd: '/',
    now: () => Date.UTC(2026, 10, 23, 21, 30),
    onNotice: (notice) => notices.push(notice),
  })
}

function write(path: string, content: unknown): void {
  mkdirSync(join(at(path), '..'), { recursive: true })
  writeFileSync(at(path), typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o644 })
}

const names = async (book: ConnectionBook): Promise<string[]> => (await book.list()).map(({ name }) => name)

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const legacy = (more: object = {}): object => ({
  aws_access_key: 'AKIA',
  aws_secret_key: base64('hush'),
  aws_region: 'home',
  s3_endpoint: 'https://host:9000',
  ...more,
})

describe('connections.json', () => {
  it('given no file, when it is only read, then nothing is created', async () => {
    expect(await open().list()).toEqual([])
    expect(await open().find('minio')).toBeUndefined()
    expect(await open().find('toString')).toBeUndefined()
    expect(readdirSync(directory.path)).toEqual([])
  })

  it('given several processes that save and remove at once, then each finds its own changes', async () => {
    const script = `
      import { openConnectionBook } from '../../../src/io/connections/connection-book.js'
      const me = process.argv[2]
      const env = { OPSKIT_TOOL_TEMP_DIR: ${JSON.stringify(at('temp'))} }
      const book = openConnectionBook({ env, home: ${JSON.stringify(at('home'))}, cwd: '/', now: Date.now, onNotice: console.error })
      for (let turn = 0; turn < 8; turn++) {
        await book.save([{ name: 'box-' + me + '-' + turn, accessKeyId: 'k', secretAccessKey: 'secret of ' + me }])
        if (turn % 2 === 1 && !(await book.remove('box-' + me + '-' + turn))) process.exitCode = 1
      }`
    expect(await runChildren(4, script, directory.path)).toEqual([0, 0, 0, 0])
    const expected = [0, 1, 2, 3].flatMap((me) => [0, 2, 4, 6].map((turn) => `box-${me}-${turn}`))
    expect(await names(open())).toEqual(expected)
    for (const name of expected) expect((await open().find(name))?.secretAccessKey).toBe(`secret of ${name.split('-')[1] ?? ''}`)
    expect(readdirSync(at('temp'))).toEqual(['connections.json'])
    expect(readdirSync(at('home/.config/s3-sync'))).toEqual(['key'])
  })

  it('given one unreadable record, then it is kept and the others are not lost', async () => {
    await open().save([{ name: 'good', endpoint: 'http://host', accessKeyId: 'k', secretAccessKey: 's' }])
    const file: unknown = JSON.parse(readFileSync(at('temp/connections.json'), 'utf8'))
    expect(file).toHaveProperty('connections.good')
    write(
      'temp/connections.json',
      readFileSync(at('temp/connections.json'), 'utf8').replace('"good"', '"odd": {"endpoint": 7}, "good"'),
    )
    expect(await names(open())).toEqual(['good'])
    expect((await open().find('good'))?.secretAccessKey).toBe('s')
    await expect(open().find('odd')).rejects.toMatchObject({ what: 'The saved connection "odd" is damaged.' })
    await open().save([{ name: 'third' }])
    expect(readFileSync(at('temp/connections.json'), 'utf8')).toContain('"endpoint": 7')
  })

  it('given a file of a newer version, then it stays unchanged and the user is warned', async () => {
    write('temp/connections.json', { schema: 2, whatever: [] })
    await expect(open().list()).rejects.toMatchObject({ what: expect.stringContaining('newer version') })
    await expect(open().save([{ name: 'a' }])).rejects.toMatchObject({ what: expect.stringContaining('newer version') })
    expect(readdirSync(at('temp'))).toEqual(['connections.json'])
  })

  it('given a damaged file that anyone can read, when it is set aside, then only its owner can', async () => {
    write('temp/connections.json', '{"box": {"aws_secret_key": "aHVz')
    expect(await open().list()).toEqual([])
    expect(statSync(at('temp/connections.json.damaged-20261123T213000')).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['a directory where the file should be', () => mkdirSync(at('temp/connections.json'), { recursive: true }), 'EISDIR'],
    ['a file where its directory should be', () => write('temp', 'x'), 'EEXIST'],
  ])('given %s, when something is saved, then a line reports the path and the code', async (_, arrange, code) => {
    arrange()
    await expect(open().save([{ name: 'a' }])).rejects.toMatchObject({
      name: 'ConfigurationError',
      what: expect.stringContaining(code),
    })
  })
})

describe('the older format', () => {
  it('given names that are invalid here, or become the same, then each gets a name of its own', async () => {
    write('temp/connections.json', { 'a b': legacy(), 'a-b': legacy(), 阿里云: legacy(), s3: legacy(), '***': legacy() })
    expect((await names(open())).sort()).toEqual(['a-b', 'a-b-2', 'old-', 'old-s3', '阿里云'])
  })

  it.each([
    ['https://host:9000/', { endpoint: 'https://host:9000' }],
    ['host:9000', { endpoint: 'https://host:9000' }],
    [' http://host ', { endpoint: 'http://host' }],
    ['', {}],
    [null, {}],
  ])('given the endpoint %j, then it becomes %j', async (s3_endpoint, expected) => {
    write('temp/connections.json', { box: legacy({ s3_endpoint, aws_region: null }) })
    expect(await open().find('box')).toEqual({ name: 'box', ...expected, accessKeyId: 'AKIA', secretAccessKey: 'hush' })
  })

  it('given an unusable one among others, then the others are imported, it is named, and its secret is gone', async () => {
    write('temp/connections.json', { box: legacy(), 'bad\u001b': legacy({ s3_endpoint: 'http://host?path' }), odd: 7 })
    expect(await names(open())).toEqual(['box'])
    expect(notices).toEqual([
      'The saved connections were in an older format; they are encrypted now (1).',
      'Left out, because a key or a valid endpoint is missing: "bad?", "odd". Add them again.',
    ])
    expect(readFileSync(at('temp/connections.json'), 'utf8')).not.toContain(base64('hush'))
  })

  it('given no connections, then the file does not count as damaged', async () => {
    write('temp/connections.json', {})
    expect(await open().list()).toEqual([])
    expect(readdirSync(at('temp'))).toEqual(['connections.json'])
  })
})

describe('importing a file', () => {
  it('given names that are already saved, then those stay unchanged and are reported', async () => {
    await open().save([{ name: 'box', endpoint: 'http://mine' }])
    write('old.json', { box: legacy(), other: legacy() })
    expect(await open().importFile('old.json')).toEqual(['other'])
    expect(await open().find('box')).toEqual({ name: 'box', endpoint: 'http://mine' })
    expect(notices).toEqual(['Saved already, and not changed: box.'])
  })

  it('given a file of this tool from another place, then the connections are imported with their secrets', async () => {
    const elsewhere = { OPSKIT_TOOL_TEMP_DIR: at('elsewhere') }
    await open(elsewhere).save([{ name: 'box', accessKeyId: 'k', secretAccessKey: 'hush' }])
    expect(await open().importFile('elsewhere/connections.json')).toEqual(['box'])
    expect((await open().find('box'))?.secretAccessKey).toBe('hush')
  })

  it('given a file of this tool and another key, then the user is warned, and nothing is imported', async () => {
    await open({ OPSKIT_TOOL_TEMP_DIR: at('elsewhere') }).save([{ name: 'box', accessKeyId: 'k', secretAccessKey: 'hush' }])
    rmSync(at('home'), { recursive: true })
    await expect(open().importFile('elsewhere/connections.json')).rejects.toMatchObject({
      what: expect.stringContaining('is missing'),
    })
    expect(await names(open())).toEqual([])
  })

  it.each([
    ['none', () => undefined, 'does not exist'],
    ['a directory', () => mkdirSync(at('old.json')), 'EISDIR'],
    ['something else', () => write('old.json', [1]), 'holds no connections'],
  ])('given %s, then a line reports it', async (_, arrange, says) => {
    arrange()
    await expect(open().importFile('old.json')).rejects.toMatchObject({
      name: 'ConfigurationError',
      what: expect.stringContaining(says),
    })
  })
})

describe('a connection of the environment', () => {
  it('given a CA file with a relative path, then it is relative to the user’s directory', async () => {
    const book = open({ S3_SYNC_CONNECTION_BOX: 'https://host?ca-file=ca.pem' })
    expect((await book.find('box'))?.caFile).toBe(at('ca.pem'))
  })

  it('given a malformed one, then it is omitted from the list and reported when it is used', async () => {
    const book = open({ S3_SYNC_CONNECTION_BOX: 'host' })
    expect(await book.list()).toEqual([])
    await expect(book.find('box')).rejects.toMatchObject({ name: 'ConfigurationError' })
  })
})
