import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, Sandbox } from '../support/cli.js'
import { parseSummary } from '../support/reports.js'
import { Terminal } from '../support/terminal.js'

/** A one-shot run on a terminal asks for YES only where there is something to write. */
let sandbox: Sandbox
let terminal: Terminal | undefined
const path = (name: string): string => join(sandbox.cwd, name)

beforeEach(async () => {
  sandbox = await Sandbox.make()
  mkdirSync(path('src'))
  writeFileSync(path('src/one'), 'one')
  writeFileSync(path('src/two'), 'two')
  expect(await runCli(sandbox, ['./src', './dst', '--yes'])).toMatchObject({ code: 0 })
})
afterEach(() => {
  terminal?.close()
  terminal = undefined
  sandbox.remove()
})

async function endsUnasked(...options: readonly string[]) {
  terminal = new Terminal(sandbox, ['./src', './dst', ...options])
  await terminal.waitFor(/Type YES|Done:/)
  expect(terminal.screen()).not.toContain('Type YES')
  return { ...(await terminal.exited), screen: terminal.screen() }
}

const runs = async (): Promise<number> => {
  const { stdout } = await runCli(sandbox, ['runs', '--json'])
  return stdout.split('"resumable"').length - 1
}

describe('given a target that is up to date', () => {
  it.each([
    ['plainly', []],
    ['with --delete', ['--delete']],
  ])('when it is synced %s, then it is not asked, says so with the usual summary, and keeps no run', async (_how, options) => {
    const { code, screen } = await endsUnasked(...options)
    expect(code).toBe(0)
    expect(screen).toMatch(/nothing to do: the target is up to date\n/)
    expect(screen).toMatch(/Total: 2 objects listed, 2 unchanged/)
    expect(screen).toMatch(/✓ Done: nothing to copy, the target is up to date\.$/)
    expect(screen).not.toMatch(/dry run/i)
    expect(await runs()).toBe(1)
  })

  it('when a program reads the summary, then it is that of a completed run', async () => {
    expect(await endsUnasked('--json-file', 'summary.json')).toMatchObject({ code: 0 })
    expect(parseSummary(readFileSync(path('summary.json'), 'utf8'))).toMatchObject({
      status: 'completed',
      run: expect.stringMatching(/^\d{8}-\d{6}-[0-9a-f]{4}$/),
      source: './src',
      target: './dst',
      totals: { listed: 2, copied: 0, skipped: 2 },
    })
  })

  it('when --verify is given, then both sides are compared without a question', async () => {
    const { code, screen } = await endsUnasked('--verify', '--deep')
    expect(code).toBe(0)
    expect(screen).toMatch(/✓ Done: source and target are equal, 2 objects\.$/)
  })
})

describe('given something to do', () => {
  it.each<[string, readonly string[], () => void]>([
    ['an object to copy', [], () => writeFileSync(path('src/three'), 'three')],
    ['an object to delete', ['--delete', '--max-delete', '100%'], () => rmSync(path('src/two'))],
    ['deletes that a guard refuses', ['--delete'], () => ['one', 'two'].forEach((name) => rmSync(path(`src/${name}`)))],
    [
      'a directory to create',
      [],
      () => {
        for (const name of ['src', 'dst']) rmSync(path(name), { recursive: true })
        mkdirSync(path('src'))
      },
    ],
    ['each object to be named', ['--verbose'], () => undefined],
    ['events to be written', ['--events'], () => undefined],
  ])('%s, when it is synced, then it is asked, and declining ends with 130', async (_what, options, change) => {
    change()
    terminal = new Terminal(sandbox, ['./src', './dst', ...options])
    await terminal.asked('Type YES')
    terminal.type('no\r')
    expect(await terminal.exited).toMatchObject({ code: 130 })
  })
})
