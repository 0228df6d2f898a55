import {
  anyInSegment,
  anyOf,
  anySegments,
  anything,
  type GlobStep,
  type Holds,
  literal,
  not,
  nothing,
  alternatives,
  repeated,
  sequence,
} from './glob-steps.js'

/** An invalid glob; the message explains why in a sentence. */
export class InvalidGlob extends Error {}

/** Literal text or a step. Two texts never follow each other. */
export type GlobPart = string | GlobStep

/** The sequence of all parts. */
export function asStep(parts: readonly GlobPart[]): GlobStep {
  return sequence(parts.map((part) => (typeof part === 'string' ? literal(part) : part)))
}

/** `@(`, `?(`, `+(`, `*(` and `!(`. */
const GROUPS: Readonly<Record<string, (step: GlobStep) => GlobStep>> = {
  '@': (step) => step,
  '?': (step) => anyOf([step, nothing]),
  '+': repeated,
  '*': (step) => anyOf([repeated(step), nothing]),
  '!': not,
}

/** Deeper nesting is not used in practice, and each level needs nested calls. */
const DEEPEST = 100

/** Parses a glob from left to right. */
export class GlobReader {
  private at = 0
  private depth = 0
  private isInNot = false

  constructor(
    private readonly text: string,
    private readonly fold: (text: string) => string,
  ) {}

  whole(): readonly GlobPart[] {
    return this.parts('')
  }

  /** Parses up to one of the characters in `end`, or to the end of the text. */
  private parts(end: string): readonly GlobPart[] {
    if (++this.depth > DEEPEST) throw new InvalidGlob(`groups and braces are nested more than ${DEEPEST} deep.`)
    const parts: GlobPart[] = []
    const add = (part: GlobPart): void => {
      const last = parts.at(-1)
      if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part
      else parts.push(part)
    }
    for (let next = this.peek(); next !== '' && !end.includes(next); next = this.peek())
      for (const part of this.part(next, end)) add(part)
    this.depth--
    return parts
  }

  private part(next: string, end: string): readonly GlobPart[] {
    const group = this.text[this.at + next.length] === '(' ? GROUPS[next] : undefined
    if (group !== undefined) return [group(this.group(next))]
    this.at += next.length
    switch (next) {
      case '\\':
        return [this.fold(this.escaped())]
      case '?':
        return [alternatives(() => true)]
      case '*':
        return [this.stars()]
      case '[':
        return [alternatives(this.characters())]
      case '{':
        return this.braces()
      case '(':
        // Inside a group, the ")" that closes this parenthesis does not close the group.
        return end.includes(')') ? ['(', ...this.parts(')'), this.closing(')', '(')] : [next]
      default:
        return [this.fold(next)]
    }
  }

  private escaped(): string {
    const character = this.peek()
    if (character === '') throw new InvalidGlob('there is nothing behind the last "\\"; a backslash itself is "\\\\".')
    this.at += character.length
    return character
  }

  /** After a `*`. */
  private stars(): GlobStep {
    const isStar = (): boolean => this.peek() === '*' && this.text[this.at + 1] !== '('
    if (!isStar()) return anyInSegment
    while (isStar()) this.at++
    if (this.peek() !== '/') return anything
    this.at++
    return anySegments
  }

  /** `{a,b}`. Braces without a comma are literal, as in a shell. */
  private braces(): readonly GlobPart[] {
    const begin = this.at
    const alternatives = this.alternatives(',', '}', '{')
    const [only = [], ...others] = alternatives
    if (others.length > 0) return [anyOf(alternatives.map(asStep))]
    if (/^[^{]+\.\.[^{]+\}$/.test(this.text.slice(begin, this.at)))
      throw new InvalidGlob('ranges are not written with braces: write {1,2,3} or [1-3].')
    return ['{', ...only, '}']
  }

  private group(kind: string): GlobStep {
    this.at += 2
    if (kind === '!' && this.isInNot) throw new InvalidGlob('a "!(" within another one is not supported.')
    const before = this.isInNot
    this.isInNot ||= kind === '!'
    const alternatives = this.alternatives('|', ')', `${kind}(`)
    this.isInNot = before
    return anyOf(alternatives.map(asStep))
  }

  private alternatives(separator: string, end: string, opening: string): (readonly GlobPart[])[] {
    const all = [this.parts(separator + end)]
    while (this.peek() === separator) {
      this.at++
      all.push(this.parts(separator + end))
    }
    this.closing(end, opening)
    return all
  }

  private closing(end: string, opening: string): string {
    if (this.peek() !== end) throw new InvalidGlob(`the "${opening}" is not closed; where it means itself, write "\\" before it.`)
    this.at++
    return end
  }

  /** After a `[`. */
  private characters(): Holds {
    const isNegated = /[!^]/.test(this.peek())
    if (isNegated) this.at++
    const ranges: (readonly [first: string, last: string])[] = []
    for (let isFirst = true; isFirst || this.peek() !== ']'; isFirst = false) {
      const first = this.member()
      const isRange = this.peek() === '-' && !/^-(?:\]|$)/.test(this.text.slice(this.at))
      if (isRange) this.at++
      const last = isRange ? this.member() : first
      if (order(first) > order(last)) throw new InvalidGlob(`the range ${first}-${last} runs backwards.`)
      ranges.push([first, last])
    }
    this.at++
    const within = (character: string): boolean =>
      ranges.some(([first, last]) => order(first) <= order(character) && order(character) <= order(last))
    // The name was folded to lower case; the class was not, because a folded range may be invalid.
    const holds: Holds = this.fold('A') === 'A' ? within : (character) => within(character) || within(character.toUpperCase())
    return isNegated ? (character) => !holds(character) : holds
  }

  private member(): string {
    const character = this.peek()
    this.at += character.length
    if (character === '') this.closing(']', '[')
    if (character === '/') throw new InvalidGlob('a "[…]" is one character of a name, which is never a "/".')
    if (character === '[' && this.peek() === ':')
      throw new InvalidGlob('classes like [:alpha:] are not supported: write [a-zA-Z].')
    return character === '\\' ? this.escaped() : character
  }

  private peek(): string {
    const code = this.text.codePointAt(this.at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }
}

function order(character: string): number {
  return character.codePointAt(0) ?? 0
}
