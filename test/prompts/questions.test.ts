import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
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
  many: () => questions.chooseMany('City', Array.from({ length: 500 }, (_, i) => ({ label: (i % 2 ? 'town-' : 'port-') + (i + 1), value: i + 1 }))),
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

const [PAGE_UP, PAGE_DOWN, END] = ['\u001b[5~', '\u001b[6~', '\u001b[F']
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

  it('shows a long list once, a page at a time', async () => {
    await ask('many')
    await terminal.waitFor('500 of 500 shown, 0 selected')
    expect(terminal.screen().match(/^.{2}\[ \] /gm)).toHaveLength(15)
    expect(terminal.screen()).not.toContain('16. town-16')
    terminal.type(PAGE_DOWN)
    await terminal.waitFor('▸ [ ] 16. town-16')
    terminal.type(END)
    await terminal.waitFor('▸ [ ] 500. town-500')
    terminal.type(PAGE_UP)
    await terminal.waitFor('▸ [ ] 485. port-485')
  })

  it.each([
    ['an entry that is left alone', 'n-424', '\r', [424]],
    ['letters that other lists take as commands', 'port', ' \r', [1]],
    ['what is marked, whatever the filter hides now', 'N-4', ' \u0015rt-5 \u0015\r', [4, 5]],
    ['numbers', '3,1, 7-8', '\r', [1, 3, 7, 8]],
    ['numbers with blanks between them', '3 1', '\r', [1, 3]],
    ['numbers and what is marked', '20 ', '30\r', [20, 30]],
    ['numbers that were marked twice: no more', '20 20 ', '30\r', [30]],
    ['a list after a typing error', '1,33\u007f', '\r', [1, 3]],
  ])('chooses from a long list: %s', async (_what, keys, more, chosen) => {
    await ask('many')
    terminal.type(keys)
    terminal.type(more)
    await terminal.waitFor(`answer ${JSON.stringify(chosen)}`)
  })

  it.each([
    ['1-501', 'No bucket number 501: choose 1–500.'],
    ['town', 'Select at least one with Space'],
    ['1,two', '"two" is not a number'],
  ])('explains why "%s" chooses nothing from a long list', async (text, why) => {
    await ask('many')
    await terminal.answerWrongly('City', text, why)
    terminal.type('2\r')
    await terminal.waitFor('answer [2]')
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
