import { Cancelled } from '../../../src/prompts/cancelled.js'
import { chosenBy } from '../../../src/prompts/list-filter.js'
import type { KeyWatch } from '../../../src/prompts/key-watch.js'
import type { AnswerCheck, Choice, Questions, TextQuestion } from '../../../src/prompts/questions.js'

/** Instead of an answer: Ctrl+C. */
export const LEAVE = Symbol('Ctrl+C')

/** Part of a question's message, then its answers: several if the first ones are refused. */
export type Line = readonly [message: string, ...answers: (string | typeof LEAVE)[]]

/** Answers questions from a script and throws on an unexpected question. Lists are answered by (parts of) labels. */
export class ScriptedQuestions implements Questions {
  /** The messages of all questions, once each. */
  readonly asked: string[] = []
  /** Why answers were refused. */
  readonly complaints: string[] = []
  /** The key that is pressed during a count. */
  pressed = new Promise<'key' | 'leave'>(() => undefined)
  released = true
  private readonly script: Line[]

  /** `leaveAt`: Ctrl+C instead of answering the question of this number, from 0. */
  constructor(
    script: readonly Line[],
    private readonly leaveAt?: number,
  ) {
    this.script = [...script]
  }

  get unasked(): readonly Line[] {
    return this.script
  }

  text = (question: TextQuestion): Promise<string> => this.answered(question.message, question.check, question.initial)
  secret = (question: TextQuestion): Promise<string> => this.answered(question.message, question.check)

  choose = async <T>(message: string, choices: readonly Choice<T>[]): Promise<T> => {
    const label = await this.answered(message)
    return pick(choices, label)
  }

  chooseMany = async <T>(message: string, choices: readonly Choice<T>[]): Promise<T[]> => {
    const labels = choices.map(({ label }) => label)
    const check: AnswerCheck = (text) => {
      const chosen = chosenBy(text, [], labels)
      return 'error' in chosen ? chosen.error : undefined
    }
    const chosen = chosenBy(await this.answered(message, check), [], labels)
    return 'ok' in chosen ? chosen.ok.flatMap((index) => choices[index] ?? []).map(({ value }) => value) : []
  }

  confirm = async (message: string): Promise<boolean> => (await this.answered(message)) === 'y'
  confirmWord = async (message: string, word: string): Promise<boolean> => (await this.answered(message)) === word

  watchKey = (): KeyWatch => {
    this.released = false
    return { pressed: this.pressed, release: () => (this.released = true) }
  }

  private answered(message: string, check?: AnswerCheck, initial = ''): Promise<string> {
    const number = this.asked.push(message) - 1
    const line = this.script.shift()
    if (number === this.leaveAt) return Promise.reject(new Cancelled())
    if (line === undefined || !message.includes(line[0]))
      throw new Error(`asked "${message}", expected "${line?.[0] ?? 'no question'}"`)
    const [, ...answers] = line
    for (const given of answers) {
      if (given === LEAVE) return Promise.reject(new Cancelled())
      const answer = given === '' ? initial : given
      const complaint = check?.(answer)
      if (complaint === undefined) return Promise.resolve(answer)
      this.complaints.push(complaint)
    }
    throw new Error(`"${message}" took none of the answers: ${this.complaints.join(' ')}`)
  }
}

function pick<T>(choices: readonly Choice<T>[], label: string): T {
  const choice = choices.find((candidate) => candidate.label.includes(label))
  if (choice === undefined) throw new Error(`"${label}" is not among ${choices.map((candidate) => candidate.label).join(', ')}`)
  return choice.value
}
