import { describe, expect, it } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { COMMANDS } from '../../../src/cli/args/commands.js'
import { completionScript } from '../../../src/cli/args/completion.js'
import { helpText } from '../../../src/cli/args/help.js'
import { nearestWord } from '../../../src/cli/args/did-you-mean.js'
import { isShownIn, OPTION_NAMES, optionOf } from '../../../src/cli/args/options.js'
import { manPage, referenceMarkdown } from '../../../src/cli/args/reference.js'
import { parseDuration, parseWholeNumber } from '../../../src/cli/args/units.js'

describe('help', () => {
  const commands = [undefined, ...COMMANDS.map(({ name }) => name)]
  const width = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

  it.each(commands)('of %s is as wide as the terminal, from 80 to 120 columns', (command) => {
    for (const [terminal, widest] of [
      [40, 80],
      [80, 80],
      [100, 100],
      [500, 120],
    ] as const)
      expect(width(helpText(command, terminal))).toBeLessThanOrEqual(widest)
  })

  it.each(commands)('of %s names the options that the command takes, and no others', (command) => {
    const text = helpText(command, 100)
    for (const name of OPTION_NAMES)
      expect([name, new RegExp(`^ {2}(-.,| {3}) --${name}( |$)`, 'm').test(text)]).toEqual([
        name,
        isShownIn(command ?? 'sync', optionOf(name)),
      ])
  })

  it('of runs leaves out what a resume rejects', () => {
    const text = helpText('runs', 100)
    for (const name of ['--delete', '--include', '--compare']) expect(text).not.toContain(name)
    expect(text).toMatch(/--older-than WHEN +with prune/)
  })
})

describe('the reference', () => {
  const { version } = v.parse(v.object({ version: v.string() }), JSON.parse(readFileSync('package.json', 'utf8')))

  it.each([
    ['docs/reference.md', referenceMarkdown()],
    ['docs/s3-sync.1', manPage(version)],
  ])('%s is what `npm run reference` writes', (file, text) => {
    expect(readFileSync(file, 'utf8')).toBe(text)
  })
})

describe('completion', () => {
  const bash = (line: string): string[] => {
    const words = line.split(' ')
    const script = `${completionScript('bash')}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _s3_sync; printf '%s\\n' "\${COMPREPLY[@]}"`
    return spawnSync('bash', ['--norc', '-c', script], { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
      .stdout.trim()
      .split('\n')
  }

  it.each([
    ['s3-sync ', COMMANDS.map(({ name }) => name)],
    ['s3-sync conn', ['connections']],
    ['s3-sync connections ', ['list', 'show', 'add', 'test', 'remove', 'import']],
    ['s3-sync completion z', ['zsh']],
    ['s3-sync A:a B:b --comp', ['--compare']],
    ['s3-sync A:a B:b --compare s', ['size']],
    ['s3-sync connections --work', ['']],
  ])('bash: %j', (line, expected) => {
    expect(bash(line)).toEqual(expected)
  })

  it.each(['zsh', 'fish'] as const)('%s: names every command', (shell) => {
    for (const { name } of COMMANDS) expect(completionScript(shell)).toContain(name)
  })

  /** `-n`: reads the script and runs nothing. From a file: fish takes no script from a socket, which Node's pipes are. */
  const CHECKS = { zsh: ['-f', '-n'], fish: ['--no-config', '-n'] } as const
  const checked = (['zsh', 'fish'] as const).filter((shell) => spawnSync(shell, ['--version']).error === undefined)
  const whereInstalled = checked.length === 0 ? it.skip.each(['no shell']) : it.each(checked)

  whereInstalled('%s, which is installed, accepts its script', (shell) => {
    const home = mkdtempSync(join(tmpdir(), 's3-sync-shell-'))
    try {
      const file = join(home, 'script')
      if (shell !== 'zsh' && shell !== 'fish') throw new Error(`no script for ${shell}`)
      writeFileSync(file, completionScript(shell))
      const env = { PATH: process.env['PATH'], HOME: home, XDG_CONFIG_HOME: home, LC_ALL: 'C' }
      expect(spawnSync(shell, [...CHECKS[shell], file], { encoding: 'utf8', env })).toMatchObject({ status: 0, stderr: '' })
    } finally {
      rmSync(home, { recursive: true })
    }
  })
})

describe('units', () => {
  it.each([
    ['500ms', 500],
    ['2s', 2_000],
    ['1.5s', 1_500],
    ['1m', 60_000],
    ['2h', 7_200_000],
    ['2', undefined],
    ['s', undefined],
    ['-2s', undefined],
    ['2 s', undefined],
    ['1e3s', undefined],
  ])('the duration %j is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    ['0', 0],
    ['42', 42],
    ['007', 7],
    ['', undefined],
    ['-1', undefined],
    ['1.0', undefined],
    ['0x10', undefined],
    ['1e2', undefined],
    [' 1', undefined],
  ])('the whole number %j is %s', (text, number) => {
    expect(parseWholeNumber(text)).toBe(number)
  })
})

describe('the nearest word', () => {
  it.each([
    ['snyc', 'sync'],
    ['Connection', 'connections'],
    ['xyzzy', undefined],
  ])('by %s: %s', (word, meant) => {
    expect(nearestWord(word, ['sync', 'connections', 'demo'])).toBe(meant)
  })
})
