import Enquirer from 'enquirer'
import * as v from 'valibot'
import { Cancelled } from './cancelled.js'
import { holdTerminal } from './hold-terminal.js'
import { listenForKey, type KeyWatch } from './key-watch.js'
import { lineEditing } from './line-editing.js'
import { numberKeys } from './number-keys.js'

/** What is wrong with an answer, in a sentence; undefined when it will do. */
export type Check = (answer: string) => string | undefined

export interface TextQuestion {
  readonly message: string
  /** Taken when the answer is empty. */
  readonly initial?: string
  readonly check?: Check
}

export interface Choice<T> {
  readonly label: string
  readonly value: T
}

/**
 * Asks a person. Every question throws {@link Cancelled} on Ctrl+C, Escape or an input that ended, and leaves the terminal as it was. A wrong answer
 * is explained and asked again. Texts must be fit for a terminal (`printable`). Answers come trimmed, secrets exactly as typed.
 */
export interface Questions {
  text(question: TextQuestion): Promise<string>
  /** Shows a star for each character. */
  secret(question: Omit<TextQuestion, 'initial'>): Promise<string>
  choose<T>(message: string, choices: readonly Choice<T>[]): Promise<T>
  /** At least one of them, in the order of the list. */
  many<T>(message: string, choices: readonly Choice<T>[]): Promise<T[]>
  confirm(message: string, initial: boolean): Promise<boolean>
  /** True when `word` was typed out, false on `no` or an empty answer; anything else is explained and asked again. */
  typed(message: string, word: string): Promise<boolean>
  /** Watches for a key while something else goes on; no question may be asked until it is released. */
  key(): KeyWatch
}

export interface QuestionStreams {
  /** A terminal's. */
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly color: boolean
}

/** More choices than this scroll. */
const CHOICES_SHOWN = 15
/** enquirer tells marked and focused entries by colour alone, which not every terminal has. */
const MARKS = { on: '[x]', off: '[ ]' }
const POINTER = { on: '▸ ', off: '  ' }

const Answer = v.object({ answer: v.unknown() })

/** Questions asked with enquirer, on a terminal. */
export function openQuestions({ input, output, color }: QuestionStreams): Questions {
  const ask = async (question: QuestionOptions): Promise<unknown> => {
    if (input.readableEnded || input.destroyed) throw new Cancelled()
    const hold = holdTerminal(input)
    // enquirer itself waits for ever on a terminal that went away.
    const gone = hold.gone.then(() => Promise.reject(new Cancelled()))
    try {
      const options = { ...question, name: 'answer', stdin: input, stdout: output, styles: { enabled: color } }
      return v.parse(Answer, await Promise.race([Enquirer.prompt(options), gone])).answer
    } catch (error) {
      // Cancelling rejects with '' or, when a wrong answer was being explained, with nothing at all.
      if (error instanceof Error) throw error
      throw new Cancelled()
    } finally {
      // enquirer notes the mode when it has changed it already, and "restores" that: Ctrl+C would be no signal from here on.
      hold.release()
    }
  }

  const textual = async (type: 'input' | 'password', { message, initial, check }: TextQuestion): Promise<string> => {
    const validate = (answer: string): true | string => check?.(type === 'input' ? answer.trim() : answer) ?? true
    const answer = v.parse(
      v.string(),
      await ask({ type, message, validate, ...lineEditing(), ...(initial !== undefined && { initial }) }),
    )
    return type === 'input' ? answer.trim() : answer
  }

  return {
    text: (question) => textual('input', question),
    secret: (question) => textual('password', question),

    async choose(message, choices) {
      const names = numbered(choices)
      const answer = await ask({
        type: 'select',
        message,
        limit: CHOICES_SHOWN,
        ...numberKeys(),
        choices: names.map((name) => ({ name })),
      })
      const chosen = choices[names.indexOf(v.parse(v.picklist(names), answer))]
      if (chosen === undefined) throw new Error('a choice that was not offered')
      return chosen.value
    },

    async many(message, choices) {
      const names = numbered(choices)
      const answer = await ask({
        type: 'multiselect',
        message,
        hint: '(Space to select, a for all, Enter to confirm)',
        limit: CHOICES_SHOWN,
        pointer: POINTER,
        indicator: MARKS,
        ...numberKeys(),
        choices: names.map((name) => ({ name })),
        validate: (marked) => marked.length > 0 || 'Select at least one with Space, or quit with Ctrl+C.',
      })
      const marked = new Set(v.parse(v.array(v.picklist(names)), answer))
      return choices.filter((_, index) => marked.has(names[index] ?? '')).map(({ value }) => value)
    },

    confirm: async (message, initial) => v.parse(v.boolean(), await ask({ type: 'confirm', message, initial, ...YES_OR_NO })),

    async typed(message, word) {
      const check: Check = (answer) =>
        [word, '', 'n', 'no'].includes(answer) ? undefined : `Type ${word} in capitals to confirm, or press Enter to decline.`
      return (await textual('input', { message, check })) === word
    },

    key: () => listenForKey(input),
  }
}

interface QuestionOptions extends Partial<ReturnType<typeof lineEditing> & ReturnType<typeof numberKeys> & typeof YES_OR_NO> {
  readonly type: 'input' | 'password' | 'select' | 'multiselect' | 'confirm'
  readonly message: string
  readonly initial?: string | boolean
  readonly hint?: string
  readonly limit?: number
  readonly pointer?: typeof POINTER
  readonly indicator?: typeof MARKS
  readonly choices?: { readonly name: string }[]
  readonly validate?: (answer: string) => boolean | string
}

/** enquirer shows `true` and `false`. */
const YES_OR_NO = { format: (value: unknown): string => (value === true ? 'Yes' : 'No') }

/** enquirer tells choices apart by their names alone: the number makes equal labels differ. */
function numbered(choices: readonly Choice<unknown>[]): string[] {
  return choices.map(({ label }, index) => `${index + 1}. ${label}`)
}
