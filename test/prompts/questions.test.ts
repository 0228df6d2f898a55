import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { build } from 'esbuild'
import { join } from 'node:path'
import { Sandbox } from '../support/cli.js'
import { Terminal } from '../support/terminal.js'

/** Asks the question named by its argument; prints the answer and the mode of the terminal. */
const ASKER = `
import { Cancelled } from '../../src/prompts/cancelled.js'
import { openQuestions } from '../../src/prompts/questions.js'

const { stdin: input, stdout: output } = process
const questions = openQuestions({ input, output, color: process.argv[3] !== 'plain' })
const cities = ['Lund', 'Oslo', 'Oslo'].map((label, value) => ({ label, value }))
const ask = {
  text: () => questions.text({ message: 'City', check: (text) => (text === 'Oslo' ? undefined : 'Only Oslo will do.') }),
  initial: () => questions.text({ message: 'City', initial: 'Oslo' }),
  secret: () => questions.secret({ message: 'City' }),
  choose: () => questions.choose('City', cities),
  chooseMany: () => questions.chooseMany('City', cities),
  long: () => questions.choose('City', Array.from({ length: 40 }, (_, i) => ({ label: 'city ' + (i + 1), value: i + 1 }))),
  free: () => questions.text({ message: 'City' }),
  confirm: () => questions.confirm('City', false),
  confirmWord: () => questions.confirmWord('City', 'YES'),
  watchKey: async () => {
    const watch = questions.watchKey()
    console.log('? City: press a key')
    return watch.pressed.finally(() => watch.release())
  },
}
try {
  console.log('answer ' + JSON.stringify(await ask[process.argv[2]]()))
} catch (error) {
  console.log(error instanceof Cancelled ? 'cancelled' : error)
}
console.log('raw mode ' + input.isRaw)
`

jest.setTimeout(20_000)

let sandbox: Sandbox
let script: string
let terminal: Terminal

beforeEach(async () => {
  sandbox = await Sandbox.make()
  script = join(sandbox.root, 'asker.mjs')
  await build({
    stdin: { contents: ASKER, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile: script,
    bundle: true,
    format: 'esm',
    platform: 'node',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  })
})

afterEach(() => {
  terminal.close()
  sandbox.remove()
})

async function ask(...args: string[]): Promise<void> {
  terminal = new Terminal(sandbox, args, { script })
  await terminal.asked('City')
}

const CURSOR = { shown: '\u001b[?25h', hidden: '\u001b[?25l' }
const output = (): string => terminal.frames.map(({ data }) => data).join('')

describe('A question on a terminal', () => {
  it('returns what was typed, trimmed', async () => {
    await ask('text')
    terminal.type('  Oslo ')
    terminal.key('enter')
    await terminal.waitFor('answer "Oslo"')
  })

  it('explains an invalid answer and asks again', async () => {
    await ask('text')
    await terminal.answerWrongly('City', 'Rome', 'Only Oslo will do.')
    await terminal.answer('City', 'Oslo')
    await terminal.waitFor('answer "Oslo"')
  })

  it('returns the initial answer when nothing was typed', async () => {
    await ask('initial')
    terminal.key('enter')
    await terminal.waitFor('answer "Oslo"')
  })

  it('never shows a secret, and returns it exactly as typed', async () => {
    await ask('secret')
    terminal.type(' s3cr3t ')
    await terminal.waitFor('*'.repeat(8))
    expect(output()).not.toContain('s3cr3t')
    terminal.key('enter')
    await terminal.waitFor('answer " s3cr3t "')
  })

  it('chooses one entry of a list, also if two labels are equal', async () => {
    await ask('choose')
    terminal.key('down')
    terminal.key('down')
    terminal.key('enter')
    await terminal.waitFor('answer 2')
  })

  it('selects several entries of a list, and requires at least one', async () => {
    await ask('chooseMany')
    terminal.key('enter')
    await terminal.waitFor('Select at least one')
    terminal.key('space')
    terminal.key('up')
    terminal.key('space')
    await terminal.waitFor(/ {2}\[x\] 1\. Lund\n {2}\[ \] 2\. Oslo\n▸ \[x\] 3\. Oslo/)
    terminal.key('enter')
    await terminal.waitFor('answer [0,2]')
  })

  it.each([
    ['choose', '1', 'answer 0'],
    ['choose', '2', 'answer 1'],
    ['choose', '3', 'answer 2'],
    ['choose', '0', 'answer 0'],
    ['choose', '4', 'answer 0'],
    ['choose', '31', 'answer 0'],
    ['long', '1', 'answer 1'],
    ['long', '12', 'answer 12'],
    ['long', '40', 'answer 40'],
    ['long', '41', 'answer 1'],
    ['long', '5', 'answer 5'],
    ['long', '55', 'answer 5'],
    ['chooseMany', '2 ', 'answer [1]'],
    ['chooseMany', '3 1 ', 'answer [0,2]'],
  ])('in the list of "%s", the keys %j and Enter choose the number that is shown: %s', async (list, keys, chosen) => {
    await ask(list)
    terminal.type(keys)
    terminal.key('enter')
    await terminal.waitFor(chosen)
  })

  it.each([
    ['Ctrl+U clears what is before the cursor', 'Rome\u0015Oslo', 'Oslo'],
    ['Ctrl+A and Ctrl+E go to the ends', 'sl\u0001O\u0005o', 'Oslo'],
    ['Home and End go to the ends', 'sl\u001b[HO\u001b[Fo', 'Oslo'],
    ['Ctrl+K clears what is behind it', 'OsloRome\u0002\u0002\u0002\u0002\u000b', 'Oslo'],
    ['Ctrl+W takes a word and the blanks behind it', 'Rome Rome  \u0017\u0017Oslo', 'Oslo'],
    ['Ctrl+Y brings back what was taken', 'Oslo\u0015\u0019', 'Oslo'],
    ['Ctrl+D takes the character under the cursor', 'XOslo\u0001\u0004', 'Oslo'],
  ])('%s, as on a command line', async (_what, keys, answer) => {
    for (const question of ['free', 'secret']) {
      await ask(question)
      terminal.type(keys)
      terminal.key('enter')
      await terminal.waitFor(`answer "${answer}"`)
    }
  })

  it('takes y for yes', async () => {
    await ask('confirm')
    terminal.type('y')
    await terminal.waitFor('answer true')
  })

  it.each([
    ['YES', true],
    ['no', false],
    ['', false],
  ])('that requires a word takes "%s" as %s', async (text, meaning) => {
    await ask('confirmWord')
    await terminal.answer('City', text)
    await terminal.waitFor(`answer ${meaning}`)
  })

  it('that requires a word explains any other', async () => {
    await ask('confirmWord')
    await terminal.answerWrongly('City', 'yes', 'Type YES in capitals')
  })

  it('a key ends a key watch', async () => {
    await ask('watchKey')
    terminal.type('x')
    await terminal.waitFor('answer "key"')
    await terminal.waitFor('raw mode false')
  })

  it('a key watch distinguishes Ctrl+C from other keys', async () => {
    await ask('watchKey')
    terminal.key('ctrl-c')
    await terminal.waitFor('answer "leave"')
  })

  it('writes no colours without colour', async () => {
    await ask('text', 'plain')
    await terminal.answer('City', 'Oslo')
    await terminal.exited
    expect(
      output()
        .split('\u001b')
        .filter((text) => /^\[\d+m/.test(text)),
    ).toEqual([])
  })

  it.each(['text', 'initial', 'secret', 'choose', 'chooseMany', 'confirm', 'confirmWord'])(
    'given Ctrl+C at "%s", is cancelled and leaves the terminal as it was',
    async (question) => {
      await ask(question)
      terminal.key('ctrl-c')
      await terminal.waitFor('cancelled')
      await terminal.waitFor('raw mode false')
      expect(await terminal.exited).toEqual({ code: 0, signal: undefined })
      expect(output().lastIndexOf(CURSOR.shown)).toBeGreaterThanOrEqual(output().lastIndexOf(CURSOR.hidden))
    },
  )
})
