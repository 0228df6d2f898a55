import Enquirer from 'enquirer'
import * as v from 'valibot'
import { Cancelled } from './cancelled.js'
import { filteredList } from './filtered-list.js'
import { holdTerminal } from './hold-terminal.js'
import { listenForKey, type KeyWatch } from './key-watch.js'
import { lineEditing } from './line-editing.js'
import { numberKeys } from './number-keys.js'

/** What is wrong with an answer, in a sentence; undefined if it is valid. */
export type AnswerCheck = (answer: string) => string | undefined

export interface TextQuestion {
  readonly message: string
  /** The answer if Enter is pressed on an empty line. */
  readonly initial?: string
  readonly check?: AnswerCheck
}

export interface Choice<T> {
  readonly label: string
  readonly value: T
}

/**
 * Asks the user. Every question throws {@link Cancelled} on Ctrl+C, Escape or a closed input, and restores the terminal. An invalid answer is
 * explained and asked again. Texts must be escaped for a terminal (`printable`). Answers are trimmed, secrets are exactly as typed.
 */
export interface Questions {
  text(question: TextQuestion): Promise<string>
  /** Shows an asterisk for each character. */
  secret(question: Omit<TextQuestion, 'initial'>): Promise<string>
  choose<T>(message: string, choices: readonly Choice<T>[]): Promise<T>
  /** Returns at least one, in the order of the list. Typed text filters the list, typed numbers select. */
  chooseMany<T>(message: string, choices: readonly Choice<T>[]): Promise<T[]>
  confirm(message: string, initial: boolean): Promise<boolean>
  /** True if `word` was typed, false on `no` or an empty answer; anything else is explained and asked again. */
  confirmWord(message: string, word: string): Promise<boolean>
  /** Watches for a key while other work continues. Release it before the next question. */
  watchKey(): KeyWatch
}

export interface QuestionStreams {
  /** Must be a terminal. */
  readonly input: NodeJS.ReadStream
  readonly output: NodeJS.WriteStream
  readonly color: boolean
}

/** Longer lists scroll. */
const CHOICES_SHOWN = 15
const MANY = '(type to filter, or 3 or 1,3,5 or 1-5 or all; Space to select, Enter to confirm)'
/** enquirer marks selected and focused entries with colour only, which not every terminal has. */
const MARKS = { on: '[x]', off: '[ ]' }
const POINTER = { on: '▸ ', off: '  ' }

const Answer = v.object({ answer: v.unknown() })

/** Questions asked with enquirer, on a terminal. */
export function openQuestions({ input, output, color }: QuestionStreams): Questions {
  /** `keys`: methods that replace enquirer's own. */
  const ask = async (question: QuestionOptions, keys: object = {}): Promise<unknown> => {
    if (input.readableEnded || input.destroyed) throw new Cancelled()
    const hold = holdTerminal(input)
    // enquirer waits for ever when the terminal is closed.
    const gone = hold.gone.then(() => Promise.reject(new Cancelled()))
    try {
      const options = { ...question, ...keys, name: 'answer', stdin: input, stdout: output, styles: { enabled: color } }
      return v.parse(Answer, await Promise.race([Enquirer.prompt(options), gone])).answer
    } catch (error) {
      // Cancelling rejects with '', or with undefined while an invalid answer is explained.
      if (error instanceof Error) throw error
      throw new Cancelled()
    } finally {
      // enquirer saves the mode after changing it, and "restores" that: Ctrl+C would no longer send a signal.
      hold.release()
    }
  }

  const askText = async (type: 'input' | 'password', { message, initial, check }: TextQuestion): Promise<string> => {
    const validate = (answer: string): true | string => check?.(type === 'input' ? answer.trim() : answer) ?? true
    const answer = v.parse(
      v.string(),
      await ask({ type, message, validate, ...(initial !== undefined && { initial }) }, lineEditing()),
    )
    return type === 'input' ? answer.trim() : answer
  }

  return {
    text: (question) => askText('input', question),
    secret: (question) => askText('password', question),

    async choose(message, choices) {
      const names = numbered(choices)
      const list = names.map((name) => ({ name }))
      const answer = await ask({ type: 'select', message, limit: CHOICES_SHOWN, choices: list }, numberKeys())
      const chosen = choices[names.indexOf(v.parse(v.picklist(names), answer))]
      if (chosen === undefined) throw new Error('a choice that was not offered')
      return chosen.value
    },

    async chooseMany(message, choices) {
      const names = numbered(choices)
      const list = names.map((name) => ({ name }))
      const look = { hint: MANY, limit: CHOICES_SHOWN, pointer: POINTER, indicator: MARKS }
      const labels = choices.map(({ label }) => label)
      const answer = await ask({ type: 'multiselect', message, ...look, choices: list }, filteredList(labels))
      return v
        .parse(v.array(v.number()), answer)
        .flatMap((index) => choices[index] ?? [])
        .map(({ value }) => value)
    },

    confirm: async (message, initial) => v.parse(v.boolean(), await ask({ type: 'confirm', message, initial, ...YES_OR_NO })),

    async confirmWord(message, word) {
      const check: AnswerCheck = (answer) =>
        [word, '', 'n', 'no'].includes(answer) ? undefined : `Type ${word} in capitals to confirm, or press Enter to decline.`
      return (await askText('input', { message, check })) === word
    },

    watchKey: () => listenForKey(input),
  }
}

interface QuestionOptions extends Partial<typeof YES_OR_NO> {
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

/** enquirer identifies choices by name: the number makes equal labels differ. */
function numbered(choices: readonly Choice<unknown>[]): string[] {
  return choices.map(({ label }, index) => `${index + 1}. ${label}`)
}
