import { describe, expect, it } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { COMMANDS } from '../../../src/cli/args/commands.js'
import { completionScript } from '../../../src/cli/args/completion.js'
import { helpText } from '../../../src/cli/args/help.js'
import { nearest } from '../../../src/cli/args/did-you-mean.js'
import { OPTIONS } from '../../../src/cli/args/options.js'
import { parseDuration, parseWhole } from '../../../src/cli/args/units.js'

describe('help', () => {
  it.each([undefined, ...COMMANDS.map(({ name }) => name)])(
    'of %s fits 130 columns and names the command’s options',
    (command) => {
      const text = helpText(command)
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(130)
      const own: readonly { name: string; commands: readonly string[] }[] = OPTIONS
      for (const { name, commands } of own) if (commands.includes(command ?? 'sync')) expect(text).toContain(`--${name}`)
    },
  )
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
    expect(parseWhole(text)).toBe(number)
  })
})

describe('what was probably meant', () => {
  it.each([
    ['snyc', 'sync'],
    ['Connection', 'connections'],
    ['xyzzy', undefined],
  ])('by %s: %s', (word, meant) => {
    expect(nearest(word, ['sync', 'connections', 'demo'])).toBe(meant)
  })
})
