import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseArguments } from '../../../src/cli/args/parse.js'
import type { SyncRequest } from '../../../src/cli/args/request.js'
import { BAD_ARGUMENTS } from '../../support/bad-command-lines.js'

/** Files of globs. */
const FILES: Readonly<Record<string, readonly string[]>> = { some: ['*.jpg', 'b c/'], none: [], bad: ['*.jpg', '[a'] }
const globFiles = (file: string) => FILES[file]?.map((glob, index) => ({ line: index + 1, glob }))
const parse = (args: readonly string[], isTerminal = false) => parseArguments(args, { isTerminal, globFiles })

function request(...args: string[]): SyncRequest {
  const parsed = parse(args)
  if (parsed.kind !== 'sync') throw new Error(JSON.stringify(parsed))
  return parsed.request
}

import { KEEP } from '../../../src/pipeline/plan/metadata-policy.js'

const MiB = 1024 * 1024
const whole = (bucket: string) => ({ bucket, prefix: '', self: false })

describe('a one-shot run', () => {
  it('without options has the defaults of the contract', () => {
    expect(request('A:media', 'B:copy')).toEqual({
      source: { kind: 'connection', typed: 'A:media', name: 'A', place: whole('media') },
      target: { kind: 'connection', typed: 'B:copy', name: 'B', place: whole('copy') },
      ...{
        workers: 10,
        typed: [],
        adaptive: false,
        retries: 5,
        retryDelayMs: 2_000,
        timeoutMs: 60_000,
        compare: 'auto',
        maxMemory: 64 * MiB,
        limits: {},
        serverSideCopy: true,
        proof: true,
        keepNewer: false,
        keepTimes: false,
        versions: false,
        followLinks: false,
        selection: { globs: [] },
        ignoreExisting: false,
        metadataPolicy: KEEP,
        verify: false,
        deep: false,
        verifiesOnly: false,
        dryRun: false,
        yes: false,
      },
      output: {},
    })
  })

  it.each([
    [['-w', '32'], { workers: 32 }],
    [['-w32'], { workers: 32, adaptive: false }],
    [['--workers', 'auto'], { workers: 1024, adaptive: true }],
    [['-w=32'], { workers: 32 }],
    [['--workers=32'], { workers: 32 }],
    [['--max-workers', '32'], { workers: 32 }],
    [['--retries', '0', '--retry-delay', '500ms'], { retries: 0, retryDelayMs: 500 }],
    [['--retry-delay', '1m'], { retryDelayMs: 60_000 }],
    [['--timeout', '5m'], { timeoutMs: 300_000 }],
    [['--max-errors', '7'], { maxErrors: 7 }],
    [['--max-rps', '400', '--bwlimit', '50M'], { limits: { requestsPerSecond: 400, bytesPerSecond: 50 * MiB } }],
    [['--files-from', '-'], { filesFrom: '-' }],
    [['--tags', 'off', '--locks', 'off', '--strict'], { metadataPolicy: { ...KEEP, tags: false, locks: false, strict: true } }],
    [['--storage-class', 'STANDARD_IA'], { metadataPolicy: { ...KEEP, storageClass: { '*': 'STANDARD_IA' } } }],
    [
      ['--storage-class', 'GLACIER=STANDARD,STANDARD=STANDARD_IA'],
      { metadataPolicy: { ...KEEP, storageClass: { GLACIER: 'STANDARD', STANDARD: 'STANDARD_IA' } } },
    ],
    [['--sse', 'bucket'], { metadataPolicy: { ...KEEP, encryption: 'target' } }],
    [['--sse', 'AES256'], { metadataPolicy: { ...KEEP, encryption: { algorithm: 'AES256' } } }],
    [['--sse', 'aws:kms:alias/mine'], { metadataPolicy: { ...KEEP, encryption: { algorithm: 'aws:kms', keyId: 'alias/mine' } } }],
    [['--sse', 'aws:kms:dsse'], { metadataPolicy: { ...KEEP, encryption: { algorithm: 'aws:kms:dsse' } } }],
    [['--acl', 'copy'], { metadataPolicy: { ...KEEP, acl: 'copy' } }],
    [['--acl', 'public-read'], { metadataPolicy: { ...KEEP, acl: { canned: 'public-read' } } }],
    [
      [
        ...['--set-header', ' *.html  => cache-control :  no-cache ', '--set-metadata', 'Team=web=1', '--ignore-case'],
        ...['--set-header=Content-Encoding:', '--set-metadata', 'a/ => x-amz-meta-team='],
      ],
      {
        metadataPolicy: {
          ...KEEP,
          attributes: [
            { glob: '*.html', attribute: { header: 'cacheControl' }, value: 'no-cache' },
            { attribute: { metadata: 'team' }, value: 'web=1' },
            { attribute: { header: 'contentEncoding' }, value: '' },
            { glob: 'a/', attribute: { metadata: 'team' }, value: '' },
          ],
        },
        selection: { globs: [], ignoreCase: true },
      },
    ],
    [['--source-sse-key', 'key'], { sourceKeyFile: 'key' }],
    [['--verify', '--deep'], { verify: true, deep: true, verifiesOnly: false }],
    [['--delete'], { deletes: { atMost: { percent: 25 } } }],
    [['--case-conflict', 'skip'], { caseConflict: 'skip' }],
    [['--case-conflict', 'overwrite'], { caseConflict: 'overwrite' }],
    [['--delete', '--ignore-errors'], { deletes: { atMost: { percent: 25 }, ignoreErrors: true } }],
    [['--delete', '--allow-empty-source'], { deletes: { atMost: { percent: 25 }, allowEmptySource: true } }],
    [['--delete', '--max-delete', '7'], { deletes: { atMost: { objects: 7 } } }],
    [['--delete', '--max-delete', '12.5%'], { deletes: { atMost: { percent: 12.5 } } }],
    [['--backup-prefix', 'old/today/'], { backupPrefix: 'old/today' }],
    [['--compare', 'checksum', '--ignore-existing'], { compare: 'checksum', ignoreExisting: true }],
    [['--part-size', '64M', '--max-memory', '1G'], { partSize: 64 * MiB, maxMemory: 1024 * MiB }],
    [
      ['--exclude', '**', '--include=*.jpg', '--exclude', 'tmp/**'],
      {
        selection: {
          globs: [
            { include: false, glob: '**' },
            { include: true, glob: '*.jpg' },
            { include: false, glob: 'tmp/**' },
          ],
        },
      },
    ],
    [
      ['--exclude', '**', '--include-from', 'some', '--exclude-from=some', '--ignore-case', '--include', 'z'],
      {
        selection: {
          globs: [
            { include: false, glob: '**' },
            { include: true, glob: '*.jpg' },
            { include: true, glob: 'b c/' },
            { include: false, glob: '*.jpg' },
            { include: false, glob: 'b c/' },
            { include: true, glob: 'z' },
          ],
          ignoreCase: true,
        },
        // What a resume is about does not change with a file.
        typed: [
          '--ignore-case',
          '--exclude=**',
          '--include=*.jpg',
          '--include=b c/',
          '--exclude=*.jpg',
          '--exclude=b c/',
          '--include=z',
        ],
      },
    ],
    [['--exclude-from', 'none'], { selection: { globs: [] } }],
    [['--min-size', '1K', '--max-size', '2M'], { selection: { globs: [], minSize: 1024, maxSize: 2 * MiB } }],
    [
      ['--newer-than', '7d', '--older-than', '2026-01-31T10:00Z'],
      { selection: { globs: [], newerThan: { agoMs: 7 * 86_400_000 }, olderThan: { at: Date.UTC(2026, 0, 31, 10) } } },
    ],
    [['--keep-newer'], { keepNewer: true }],
    [['--part-size=5242880', '--max-memory', '64mib'], { partSize: 5 * MiB, maxMemory: 64 * MiB }],
    [['--part-size', '5.5MB'], { partSize: 5.5 * MiB }],
    [['--no-server-side-copy'], { serverSideCopy: false }],
    [['--no-proof'], { proof: false }],
    [['-n'], { dryRun: true }],
    [['-ny'], { dryRun: true, yes: true }],
    [['--no-color', '-q'], { output: { 'no-color': true, quiet: true } }],
    [['--color', '-v'], { output: { color: true, verbose: true } }],
    [['--json', '--json-file', 'a.json', '--log-file=-x'], { output: { json: true, 'json-file': 'a.json', 'log-file': '-x' } }],
  ])('%j', (options, expected) => {
    expect(request('A:media', 'B:copy', ...options)).toMatchObject(expected)
  })

  it('the order of words and options does not matter', () => {
    const words = [['A:media'], ['-w', '3'], ['--yes'], ['--compare', 'size'], ['B:copy']]
    const expected = request(...words.flat())
    const order = fc.shuffledSubarray(words, { minLength: words.length })
    fc.assert(
      fc.property(order, (shuffled) => {
        const [first] = shuffled.flat().filter((word) => word.includes(':'))
        if (first === 'A:media') expect(request(...shuffled.flat())).toEqual(expected)
      }),
    )
  })

  it('words after -- are no options', () => {
    expect(request('--yes', '--', 'A:-b', 'B:--json')).toMatchObject({
      source: { place: whole('-b') },
      target: { place: whole('--json') },
    })
  })

  it('words that look like numbers are not converted', () => {
    expect(request('1:007', '2:0x10', '--log-file', '010')).toMatchObject({
      source: { name: '1', place: whole('007') },
      target: { place: whole('0x10') },
      output: { 'log-file': '010' },
    })
  })
})

describe('a location', () => {
  it.each([
    ['A:b', { place: { bucket: 'b', prefix: '', self: false } }],
    ['A:b/', { place: { bucket: 'b', prefix: '', self: false } }],
    ['A:b/x', { place: { bucket: 'b', prefix: 'x', self: true } }],
    ['A:b/x/', { place: { bucket: 'b', prefix: 'x', self: false } }],
    ['A:b//x', { place: { bucket: 'b', prefix: '/x', self: true } }],
    ['A:b/x//', { place: { bucket: 'b', prefix: 'x/', self: false } }],
    ['A:b/a:b c', { place: { bucket: 'b', prefix: 'a:b c', self: true } }],
    ['s3://b/x', { kind: 'aws', place: { bucket: 'b', prefix: 'x', self: true } }],
  ])('%j', (typed, expected) => {
    expect(request(typed, 'B:t').source).toMatchObject(expected)
  })

  it('keeps every character of a prefix', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (prefix) => {
        fc.pre(!prefix.endsWith('/'))
        expect(request(`A:b/${prefix}`, 'B:t').source.place).toEqual({ bucket: 'b', prefix, self: true })
      }),
    )
  })
})

describe('--buckets', () => {
  it.each([
    ['all', 'all'],
    ['a', [{ source: 'a', target: 'a' }]],
    [
      'a,b=c',
      [
        { source: 'a', target: 'a' },
        { source: 'b', target: 'c' },
      ],
    ],
    [
      ' a , b ',
      [
        { source: 'a', target: 'a' },
        { source: 'b', target: 'b' },
      ],
    ],
  ])('%j', (list, expected) => {
    expect(request('A:', 'B:', '--buckets', list).buckets).toEqual(expected)
  })
})

describe('the other commands', () => {
  it.each([
    [['--version'], { kind: 'version' }],
    [['--help'], { kind: 'help' }],
    [['-h', '--nonsense'], { kind: 'help' }],
    [['demo', '--help'], { kind: 'help', command: 'demo' }],
    [['demo', '-q'], { kind: 'demo', output: { quiet: true } }],
    [['connections'], { kind: 'connections', action: 'list' }],
    [['connections', 'show', 'A', '--json'], { kind: 'connections', action: 'show', name: 'A', output: { json: true } }],
    [
      ['connections', 'add', 'A', '--anonymous', '--path-style', 'false', '--ca-file', 'x.pem'],
      { kind: 'connections', action: 'add', name: 'A', options: { anonymous: true, pathStyle: false, caFile: 'x.pem' } },
    ],
    [['connections', 'import', 'f'], { kind: 'connections', action: 'import', file: 'f' }],
    [['completion', 'zsh'], { kind: 'completion', shell: 'zsh' }],
  ])('%j', (args, expected) => {
    expect(parse(args)).toMatchObject(expected)
  })

  it('on a terminal, a command line without locations starts the wizard; options are its answers', () => {
    expect(parse([], true)).toMatchObject({ kind: 'wizard' })
    expect(parse(['--workers', '20', '-n'], true)).toMatchObject({ kind: 'wizard', request: { workers: 20, dryRun: true } })
    expect(parse([], true)).not.toHaveProperty('request.workers')
  })
})

describe('a directory', () => {
  it.each([
    ['./dir', './dir'],
    ['/srv/data', '/srv/data'],
    ['../up', '../up'],
    ['.', '.'],
    ['file:///srv/a%20b', '/srv/a b'],
  ])('%s is one', (typed, path) => {
    expect(request(typed, 'B:copy').source).toEqual({ kind: 'local', typed, place: whole(path) })
    expect(request('A:media', typed).target).toEqual({ kind: 'local', typed, place: whole(path) })
  })
})

describe('bad input', () => {
  const rows = BAD_ARGUMENTS.filter(({ says }) => !says.source.includes('terminal to confirm'))
  it.each(rows.map((row) => [JSON.stringify(row.args), row] as const))('%s', (_args, { args, says }) => {
    const parsed = parse(args)
    if (parsed.kind !== 'error') throw new Error(JSON.stringify(parsed))
    expect(parsed.what).toMatch(says)
    expect(`${parsed.what}${parsed.todo}`).not.toContain('\n')
    expect(parsed.todo).not.toBe('')
    expect(parsed.json).toBe(args.includes('--json'))
  })

  it.each([
    ['--worker', '--workers'],
    ['--retry', '--retries'],
    ['--dryrun', '--dry-run'],
    ['--verbos', '--verbose'],
  ])('%s: the nearest option is %s', (typed, nearest) => {
    expect(parse(['A:a', 'B:b', typed])).toMatchObject({ todo: expect.stringContaining(nearest) })
  })
})

describe('what --set-header and --set-metadata cannot set', () => {
  it.each([
    ['Cache-Contol: x', 'Did you mean Cache-Control?'],
    ['X-Frame-Options: DENY', 'It can set Cache-Control, Content-Type, Content-Disposition'],
    ['*.html => x-amz-meta-Team: web', 'Use --set-metadata team=VALUE.'],
    ['x-amz-storage-class: GLACIER', 'Use --storage-class.'],
    ['x-amz-server-side-encryption: AES256', 'Use --sse.'],
    ['x-amz-server-side-encryption-customer-key: x', 'Use --target-sse-key.'],
    ['x-amz-acl: private', 'Use --acl.'],
    ['x-amz-grant-read: id=1', 'Use --acl.'],
    ['x-amz-tagging: a=b', 'see --tags'],
    ['x-amz-object-lock-mode: GOVERNANCE', 'see --locks'],
  ])('%s: says what to use instead', (rule, todo) => {
    expect(parse(['A:a', 'B:b', '--set-header', rule])).toMatchObject({
      what: expect.stringContaining('cannot be set'),
      todo: expect.stringContaining(todo),
    })
  })

  it.each([
    ['--set-header', 'no-cache', /there is no NAME: VALUE/],
    ['--set-header', ': no-cache', /there is no NAME: VALUE/],
    ['--set-header', ' => Cache-Control: no-cache', /there is no NAME: VALUE/],
    ['--set-header', '*.html =>', /there is no NAME: VALUE/],
    ['--set-header', '[z-a] => Cache-Control: x', /'\[z-a\]'/],
    ['--set-header', 'Cache-Control: a\nX: b', /control characters/],
    ['--set-metadata', 'team', /there is no NAME=VALUE/],
    ['--set-metadata', 'my team=web', /there is no NAME=VALUE/],
    ['--set-metadata', 'x-amz-meta-=web', /no name after/],
    ['--set-metadata', 'mtime=1', /mtime cannot be set/],
  ])('%s %j', (option, rule, what) => {
    expect(parse(['A:a', 'B:b', option, rule])).toMatchObject({ kind: 'error', what: expect.stringMatching(what) })
  })
})

describe('doctor', () => {
  it.each([
    [['minio'], { name: 'minio' }],
    [['minio:'], { name: 'minio' }],
    [['minio:photos'], { name: 'minio', bucket: 'photos' }],
    [['s3://photos', '--json'], { bucket: 'photos' }],
  ])('%j', (words, expected) => {
    const parsed = parse(['doctor', ...words])
    if (parsed.kind !== 'doctor') throw new Error(JSON.stringify(parsed))
    const { output, ...asked } = parsed.request
    expect(asked).toEqual(expected)
    expect(output.json === true).toBe(words.includes('--json'))
  })

  it('with a prefix suggests its bucket', () => {
    expect(parse(['doctor', 'a:photos/2026'])).toMatchObject({ kind: 'error', todo: 'Write s3-sync doctor a:photos' })
    expect(parse(['doctor', 's3://photos/2026/'])).toMatchObject({ kind: 'error', todo: 'Write s3-sync doctor s3://photos' })
    expect(parse(['doctor', 'photos:photos/x'])).toMatchObject({ kind: 'error', todo: 'Write s3-sync doctor photos:photos' })
  })
})

describe('files of globs', () => {
  it.each([
    [['--include-from', 'none'], /--include-from none: the file holds no glob/],
    [['--exclude-from', 'bad'], /--exclude-from bad, line 2: "\[a": the "\[" is not closed/],
    [['--exclude-from', 'nowhere'], /there is no such file/],
    [['--files-from', 'keys', '--exclude-from', 'some'], /--files-from and --exclude-from cannot be combined/],
  ])('%j is refused', (options, says) => {
    expect(parse(['A:a', 'B:b', ...options])).toMatchObject({ kind: 'error', what: expect.stringMatching(says) })
  })
})
