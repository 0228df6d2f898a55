import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { BINARY, runCli, Sandbox, startCli } from '../support/cli.js'
import { parseSummary } from '../support/reports.js'

/**
 * What becomes of a run whose words can't be written: it goes to its end and is recorded, the loss is told where that is still possible, and
 * the exit code is 3. `/dev/full` is a disk without room.
 */
const FULL = '/dev/full'
const whereFull = existsSync(FULL) ? describe : describe.skip

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await Sandbox.make()
  mkdirSync(join(sandbox.cwd, 'src'))
  writeFileSync(join(sandbox.cwd, 'src/file'), 'content')
})
afterEach(() => sandbox.remove())

const Runs = v.pipe(v.string(), v.parseJson(), v.object({ runs: v.array(v.object({ run: v.string(), status: v.string() })) }))

const SYNC = ['./src', './dst', '--yes']
type Stream = 'pipe' | 'full'

function run(args: readonly string[], stdout: Stream, stderr: Stream) {
  const full = openSync(FULL, 'w')
  const [out, err] = [stdout, stderr].map((stream) => (stream === 'full' ? full : 'pipe'))
  const options = { cwd: sandbox.cwd, env: sandbox.env, encoding: 'utf8', timeout: 60_000 } as const
  const ended = spawnSync(process.execPath, [BINARY, ...args], { ...options, stdio: ['ignore', out, err] })
  closeSync(full)
  return { code: ended.status, stdout: ended.stdout, stderr: ended.stderr }
}

/** The run of this test, as it was recorded. */
async function expectComplete(): Promise<string> {
  expect(readFileSync(join(sandbox.cwd, 'dst/file'), 'utf8')).toBe('content')
  const [recorded, ...others] = v.parse(Runs, (await runCli(sandbox, ['runs', '--json'])).stdout).runs
  expect(recorded).toMatchObject({ status: 'completed' })
  expect(others).toEqual([])
  return recorded?.run ?? ''
}

whereFull('given a full disk', () => {
  it.each([
    ['text', []],
    ['--quiet --json', ['--quiet', '--json']],
    ['--json', ['--json']],
    ['--events', ['--events']],
    ['--verbose', ['--verbose']],
  ])('behind stdout (%s): the run is complete, the loss is told with 3', async (_what, options) => {
    const { code, stderr } = run([...SYNC, ...options], 'full', 'pipe')
    const id = await expectComplete()
    const told = "✗ Standard output can't be written: no space is left on its disk. The run itself was completed."
    expect(stderr).toContain(`${told}\n  See its result: s3-sync runs show ${id}\n`)
    expect(stderr).not.toMatch(/\n\s+at |should not/)
    expect(code).toBe(3)
  })

  it('behind stderr: the summary on stdout stays one object; 3 says that something is missing', async () => {
    const { code, stdout } = run([...SYNC, '--json'], 'pipe', 'full')
    await expectComplete()
    expect(parseSummary(stdout)).toMatchObject({ status: 'completed' })
    expect(code).toBe(3)
  })

  it('behind both', async () => {
    expect(run(SYNC, 'full', 'full')).toMatchObject({ code: 3 })
    await expectComplete()
  })

  it('behind stderr, where nothing had to be told: 0', async () => {
    expect(run([...SYNC, '--quiet'], 'pipe', 'full')).toMatchObject({ code: 0 })
    await expectComplete()
  })

  it('behind --log-file', async () => {
    const { code, stderr } = run([...SYNC, '--log-file', FULL], 'pipe', 'pipe')
    await expectComplete()
    expect(stderr).toMatch(/^✗ --log-file \/dev\/full can't be written: no space is left on its disk/)
    expect(code).toBe(3)
  })

  it.each([[['--version']], [['--help']], [['completion', 'bash']], [['runs']], [['connections', 'list']]])(
    '%j: told in one line, 3',
    (args) => {
      const { code, stderr } = run(args, 'full', 'pipe')
      expect(stderr).toMatch(/^✗ Standard output can't be written: no space is left on its disk\.\n {2}[^\n]+\n$/)
      expect(code).toBe(3)
    },
  )

  it('a refusal keeps its code and its words', () => {
    const { code, stderr } = run(['./nowhere', './dst', '--yes', '--json'], 'full', 'pipe')
    expect(stderr).toMatch(/^✗ There is no file or directory \.\/nowhere\n {2}[^\n]+\n$/)
    expect(code).toBe(2)
  })
})

describe('given a reader that leaves', () => {
  it.each([
    ['text', []],
    ['--json', ['--json']],
    ['--events', ['--events']],
  ])('a run (%s) is complete, and 3 says that something is missing', async (_what, options) => {
    const running = startCli(sandbox, [...SYNC, ...options])
    running.closeStdout()
    const { code, stderr } = await running.finished
    await expectComplete()
    expect(stderr).toContain("✗ Standard output can't be written: its reader has gone. The run itself was completed.")
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(code).toBe(3)
  })

  it.each([[['--help']], [['runs']], [['connections', 'list']]])('%j has been read enough: 0', async (args) => {
    const running = startCli(sandbox, args)
    running.closeStdout()
    expect(await running.finished).toMatchObject({ code: 0, stderr: '' })
  })
})
