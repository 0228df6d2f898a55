import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, type Sandbox } from '../support/cli.js'
import { givenServer } from '../support/given.js'
import { parseSummary } from '../support/reports.js'
import { type Oracle, EMBEDDED, uniqueBucket } from '../support/servers.js'

/** However slow the machine. */
let sandbox: Sandbox
let oracle: Oracle
let stop: () => Promise<void>

beforeAll(async () => {
  ;({ sandbox, oracle, stop } = await givenServer(EMBEDDED))
})

afterAll(() => stop())

async function sync(from: string, to: string, ...options: string[]) {
  const env = { S3_SYNC_CONNECTION_A: oracle.url, S3_SYNC_CONNECTION_B: oracle.url }
  const { code, stdout, stderr } = await runCli(sandbox, [`A:${from}`, `B:${to}`, '--yes', '--json', ...options], { env })
  return { code, stderr, summary: parseSummary(stdout) }
}

const FILES = {
  'a.txt': '1',
  'x.bak': '2',
  'deep/x.bak': '3',
  'css/main.css': '4',
  'css/old/main.css': '5',
  'archive (old)/a': '6',
}

it.each<[string, string[], string[]]>([
  ['at any depth', ['--include', '*.bak'], ['deep/x.bak', 'x.bak']],
  ['from the top', ['--include', './css/**'], ['css/main.css', 'css/old/main.css']],
  ['a directory', ['--include', 'css/', '--exclude', '/css/old/'], ['css/main.css']],
  ['all but some', ['--exclude', '*', '--include', '*.txt'], ['a.txt']],
  ['parentheses', ['--exclude', 'archive (old)/**', '--exclude', '*.{bak,css}'], ['a.txt']],
  ['whatever the case', ['--include', 'CSS/*.Css', '--ignore-case'], ['css/main.css']],
  [
    'from files, in the order that was typed',
    ['--exclude', '**', '--include-from', 'globs', '--exclude', 'x.*'],
    ['a.txt', 'css/main.css'],
  ],
])('globs choose %s', async (_what, options, keys) => {
  writeFileSync(join(sandbox.cwd, 'globs'), '# some\n*.txt\n\ncss/*.css\n*.bak\n')
  const [from, to] = [await oracle.bucketWith(FILES), uniqueBucket('globs')]
  expect(await sync(from, to, ...options)).toMatchObject({ code: 0, summary: { totals: { copied: keys.length } } })
  expect(await oracle.keys(to)).toEqual(keys.sort())
})

it('what is excluded is not deleted', async () => {
  const from = await oracle.bucketWith({ 'a.txt': '1' })
  const to = await oracle.bucketWith({ ...FILES, 'deep/extra': 'goes' })
  const options = ['--delete', '--max-delete', '100%', '--exclude', '*.bak', '--exclude', 'archive (old)/**', '--exclude', 'css/']
  expect(await sync(from, to, ...options)).toMatchObject({ code: 0, summary: { totals: { deleted: 1 } } })
  expect(await oracle.keys(to)).toEqual(Object.keys(FILES).sort())
})

it('a glob that matches nothing is named, for people and for programs', async () => {
  const [from, to] = [await oracle.bucketWith(FILES), uniqueBucket('globs')]
  const { summary, stderr } = await sync(from, to, '--include', 'img/**', '--exclude', '*.tmp')
  expect(summary).toMatchObject({
    totals: { copied: 0 },
    unmatchedGlobs: [
      { option: 'include', glob: 'img/**' },
      { option: 'exclude', glob: '*.tmp' },
    ],
  })
  expect(stderr).toContain("No key matches --include 'img/**'.")
  expect(stderr).toContain('no key matches the globs; nothing to copy')
  expect(stderr).not.toContain('the source has no objects')
})
