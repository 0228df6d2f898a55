import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, Sandbox } from '../support/cli.js'
import { Terminal } from '../support/terminal.js'

/** Who declines, or leaves at a question, gets 130 and finds everything as it was: `s3-sync … && rm …` must not go on. */
let sandbox: Sandbox
let terminal: Terminal | undefined

beforeEach(async () => {
  sandbox = await Sandbox.make()
  mkdirSync(join(sandbox.cwd, 'src'))
  writeFileSync(join(sandbox.cwd, 'src/file'), 'content')
})
afterEach(() => {
  terminal?.close()
  terminal = undefined
  sandbox.remove()
})

const COPY = ['./src', './dst']

async function saveConnection(name: string): Promise<void> {
  const old = { aws_access_key: 'key', aws_secret_key: 'c2VjcmV0', aws_region: 'us-east-1', s3_endpoint: 'http://127.0.0.1:9' }
  writeFileSync(join(sandbox.cwd, 'old.json'), JSON.stringify({ [name]: old }))
  expect(await runCli(sandbox, ['connections', 'import', 'old.json'])).toMatchObject({ code: 0 })
}

const saved = async (name: string): Promise<boolean> => (await runCli(sandbox, ['connections', 'show', name])).code === 0
const runs = async (): Promise<string> => (await runCli(sandbox, ['runs'])).stdout

/** Answers the question, or leaves at it. */
async function answer(args: readonly string[], question: string, typed: string) {
  terminal = new Terminal(sandbox, args)
  await terminal.asked(question)
  terminal.type(typed)
  return { ...(await terminal.exited), screen: terminal.screen() }
}

const NO = [
  ['no', 'no\r'],
  ['nothing', '\r'],
  ['Ctrl+C', '\u0003'],
] as const

describe('on a terminal', () => {
  it.each(NO)('a one-shot run, given %s instead of YES', async (_what, typed) => {
    expect(await answer(COPY, 'Type YES', typed)).toMatchObject({
      code: 130,
      screen: expect.stringMatching(/! Cancelled: nothing was copied\.$/),
    })
    expect(existsSync(join(sandbox.cwd, 'dst'))).toBe(false)
    expect(await runs()).toMatch(/no runs yet/)
  })

  it.each(NO)('the removal of a connection, given %s', async (_what, typed) => {
    await saveConnection('old')
    expect(await answer(['connections', 'remove', 'old'], 'Remove the connection old?', typed)).toMatchObject({
      code: 130,
      screen: expect.stringMatching(/! Cancelled: nothing was changed\.$/),
    })
    expect(await saved('old')).toBe(true)
  })

  it.each(NO)('the removal of runs, given %s', async (_what, typed) => {
    await runCli(sandbox, [...COPY, '--yes'])
    const args = ['runs', 'prune', '--older-than', '0s']
    expect(await answer(args, 'Remove 1 run?', typed)).toMatchObject({
      code: 130,
      screen: expect.stringMatching(/! Cancelled: nothing was changed\.$/),
    })
    expect(await runs()).toMatch(/completed/)
  })
})

describe('without a terminal, what would ask is bad input, and nothing is done', () => {
  it('a one-shot run', async () => {
    expect(await runCli(sandbox, COPY)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(existsSync(join(sandbox.cwd, 'dst'))).toBe(false)
  })

  it.each([[[]], [['--json']]])('the removal of a connection %j', async (options) => {
    await saveConnection('old')
    const removed = await runCli(sandbox, ['connections', 'remove', 'old', ...options])
    expect(removed).toMatchObject({ code: 2, stderr: expect.stringContaining('Add --yes to remove old') })
    expect(await saved('old')).toBe(true)
    expect(await runCli(sandbox, ['connections', 'remove', 'old', '--yes', ...options])).toMatchObject({ code: 0 })
    expect(await saved('old')).toBe(false)
  })

  it('the removal of runs', async () => {
    await runCli(sandbox, [...COPY, '--yes'])
    const pruned = await runCli(sandbox, ['runs', 'prune', '--older-than', '0s'])
    expect(pruned).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') })
    expect(await runs()).toMatch(/completed/)
  })
})
