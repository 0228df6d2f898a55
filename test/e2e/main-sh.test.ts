import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { runCli, Sandbox, type CliOptions, type CliResult } from '../support/cli.js'

/**
 * `main.sh` in a made-up checkout whose npm is a script that notes how it was called, and whose tool prints its arguments: what is
 * tested is when it sets up, what it says, and what it passes on.
 */
const MAIN_SH = join(import.meta.dirname, '../../main.sh')
const TOOL = 'console.log(JSON.stringify(process.argv.slice(2)))\n'

let sandbox: Sandbox
let root: string
let bin: string

beforeEach(async () => {
  sandbox = await Sandbox.make()
  root = join(sandbox.root, 'a checkout')
  bin = join(sandbox.root, 'bin')
  mkdirSync(join(root, 'src'), { recursive: true })
  mkdirSync(bin)
  cpSync(MAIN_SH, join(root, 'main.sh'))
  for (const file of ['src/main.ts', 'build.mjs', 'package.json', 'package-lock.json']) writeFileSync(join(root, file), '{}')
  // Only these commands exist: a Node that the machine has elsewhere must not help.
  for (const name of ['sh', 'find', 'dirname', 'readlink', 'head', 'tail', 'cat', 'mkdir', 'rm', 'sleep', 'touch']) {
    symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name))
  }
  symlinkSync(process.execPath, join(bin, 'node'))
  fakeNpm(`case "$1" in
  ci) mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  run) mkdir -p dist && cat tool.js >dist/main.js ;;
esac`)
  writeFileSync(join(root, 'tool.js'), TOOL)
})

afterEach(() => sandbox.remove())

function script(name: string, body: string): void {
  writeFileSync(join(bin, name), `#!${join(bin, 'sh')}\n${body}\n`, { mode: 0o755 })
}

function fakeNpm(body: string): void {
  script('npm', `echo "npm $*" >>'${join(root, 'calls')}'\necho noise\n${body}`)
}

const calls = (): string[] =>
  existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8').trim().split('\n') : []
const CI = 'npm ci --include=dev --no-audit --no-fund'
const BUILD = 'npm run build'

function start(args: readonly string[] = [], options: CliOptions & { readonly path?: string } = {}): Promise<CliResult> {
  const { path = join(root, 'main.sh'), ...rest } = options
  return runCli(sandbox, args, { command: [join(bin, 'sh'), path], ...rest, env: { PATH: bin, ...rest.env } })
}

/** Sets a file's time `seconds` from now. */
function age(file: string, seconds: number): void {
  const time = Date.now() / 1000 + seconds
  utimesSync(join(root, file), time, time)
}

describe('given a fresh checkout', () => {
  it('installs, builds, and runs the tool; stdout carries only what the tool prints', async () => {
    const result = await start(['demo'])
    expect(result).toMatchObject({ code: 0, stdout: '["demo"]\n' })
    expect(result.stderr).toMatch(/installing packages.*\n.*building/)
    expect(result.stderr).not.toContain('noise')
    expect(calls()).toEqual([CI, BUILD])
  })

  it('sets up once when two start at the same time', async () => {
    fakeNpm(`sleep 0.5
case "$1" in ci) mkdir -p node_modules && touch node_modules/.package-lock.json ;; run) mkdir -p dist && cat tool.js >dist/main.js ;; esac`)
    const results = await Promise.all([start(['1']), start(['2'])])
    expect(results.map(({ code }) => code)).toEqual([0, 0])
    expect(calls()).toEqual([CI, BUILD])
    expect(existsSync(join(root, '.setup.lock'))).toBe(false)
  })

  it('sets up if the lock of another process goes away just when it is looked at', async () => {
    const mkdir = readlinkSync(join(bin, 'mkdir'))
    rmSync(join(bin, 'mkdir'))
    script('mkdir', `[ -e '${root}/asked' ] && exec ${mkdir} "$@"\necho >'${root}/asked'\nexit 1`)
    expect(await start(['demo'])).toMatchObject({ code: 0, stdout: '["demo"]\n' })
  })

  it('is not blocked by the lock of a process that was killed', async () => {
    mkdirSync(join(root, '.setup.lock'))
    writeFileSync(join(root, '.setup.lock/pid'), '4194304\n') // above the largest process id of Linux
    expect(await start(['x'])).toMatchObject({ code: 0, stdout: '["x"]\n' })
  })

  it("says what failed, with npm's last words, and exits 3 when the registry cannot be reached", async () => {
    fakeNpm('echo "npm error code ENOTFOUND" >&2; exit 1')
    const result = await start()
    expect(result).toMatchObject({ code: 3, stdout: '' })
    expect(result.stderr).toContain('ENOTFOUND')
    expect(result.stderr).toMatch(/npm ci failed.*registry/)
    expect(existsSync(join(root, '.setup.lock'))).toBe(false)
  })
})

describe('given a checkout that was set up', () => {
  beforeEach(async () => {
    await start()
    writeFileSync(join(root, 'calls'), '')
    for (const file of ['src', 'src/main.ts', 'build.mjs', 'package.json', 'package-lock.json']) age(file, -100)
    age('node_modules/.package-lock.json', -50)
    age('dist/main.js', -50)
  })

  const table: [string, string[], string[]][] = [
    ['nothing', [], ['']],
    ['a source file', ['src/main.ts'], [BUILD]],
    ['a directory of sources (a file was removed)', ['src'], [BUILD]],
    ['the lock file', ['package-lock.json'], [CI, BUILD]],
  ]
  it.each(table)('when %s has changed since, it does what is needed and no more', async (_what, touched, expected) => {
    for (const file of touched) age(file, -10)
    expect(await start(['run'])).toMatchObject({ code: 0, stdout: '["run"]\n' })
    expect(calls()).toEqual(expected)
  })

  it('passes arguments on exactly', async () => {
    const args = ['a b', '', '*', "it's", '"', '$HOME', '-n', '\\', 'ü\n']
    expect((await start(args)).stdout).toBe(`${JSON.stringify(args)}\n`)
  })

  it('works through symbolic links, absolute and relative ones', async () => {
    symlinkSync(join(root, 'main.sh'), join(sandbox.cwd, 'absolute'))
    symlinkSync('absolute', join(sandbox.cwd, 'relative'))
    expect(await start(['x'], { path: join(sandbox.cwd, 'relative') })).toMatchObject({ code: 0, stdout: '["x"]\n', stderr: '' })
  })

  it('runs without sources and node_modules, as delivered', async () => {
    const delivered = join(sandbox.root, 'delivered')
    cpSync(join(root, 'main.sh'), join(delivered, 'main.sh'))
    cpSync(join(root, 'dist'), join(delivered, 'dist'), { recursive: true })
    expect(await start(['x'], { path: join(delivered, 'main.sh') })).toMatchObject({ code: 0, stdout: '["x"]\n', stderr: '' })
  })
})

describe('given a Node that cannot run it', () => {
  it('says so when there is none', async () => {
    const nodeless = join(sandbox.root, 'nodeless')
    cpSync(bin, nodeless, { recursive: true, verbatimSymlinks: true, filter: (path) => !/\/(node|npm)$/.test(path) })
    const result = await start([], { env: { PATH: [nodeless].join(delimiter) } })
    expect(result).toMatchObject({ code: 3, stdout: '' })
    expect(result.stderr).toMatch(/^s3-sync: Node\.js is not installed .*20\.18\.1 or newer.*\n$/)
  })

  it.each(['v18.20.4', 'v9.1.0', 'v20.18.0', 'v20.9.9'])('says so when it is %s', async (version) => {
    execFileSync(join(bin, 'rm'), [join(bin, 'node')])
    script('node', `echo ${version}`)
    const result = await start()
    expect(result).toMatchObject({ code: 3, stdout: '' })
    expect(result.stderr).toBe(`s3-sync: Node.js 20.18.1 or newer is needed, this is ${version}. See https://nodejs.org\n`)
  })
})

describe('the command that hints name', () => {
  beforeEach(() => writeFileSync(join(root, 'tool.js'), 'console.log(process.env.S3_SYNC_COMMAND)\n'))
  const opskit = { OPSKIT_BASE_PATH: '/opskit', TOOL_NAME: 's3-sync' }

  it.each<[how: string, typed: string, env: Record<string, string>, command: string]>([
    ['a path', './main.sh', {}, './main.sh'],
    ['its name, given to sh', 'main.sh', {}, 'sh main.sh'],
    ['a path with a blank', '../a checkout/main.sh', {}, "'../a checkout/main.sh'"],
    ['OpsKit', './main.sh', opskit, 'opskit run s3-sync'],
    ['a path, for a user of OpsKit', './main.sh', { OPSKIT_BASE_PATH: '/opskit' }, './main.sh'],
  ])('is the one that was used: %s', async (_how, typed, env, command) => {
    expect((await start([], { path: typed, cwd: root, env })).stdout).toBe(`${command}\n`)
  })
})
