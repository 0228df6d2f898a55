import { chosenBy, isNumberList, shownBy } from './list-filter.js'

/** enquirer's list of choices: `choices` begins with the first visible entry, and `index` counts from there. */
interface List {
  /** What was typed. */
  input: string
  choices: readonly Entry[]
  index: number
  value: unknown
  readonly limit: number
  readonly focused: Entry | undefined
  /** `_choices`: all entries, also those that the filter hides. */
  readonly state: { readonly _choices: readonly Entry[]; readonly submitted?: boolean }
  alert(): void
  render(): Promise<void>
}

interface Entry {
  /** Its place in the whole list, from 0. */
  readonly index: number
  /** It is marked. */
  enabled: boolean
}

interface Key {
  readonly ctrl?: boolean
  readonly meta?: boolean
}

/** Control keys and their actions. They replace enquirer's own list: it does not merge the two. */
const ACTIONS = { ctrl: { c: 'cancel', g: 'clearInput', j: 'submit', n: 'down', p: 'up', u: 'clearInput', w: 'clearInput' } }
/** Names shown when the answer is accepted. */
const NAMED = 5

/**
 * A list with an input line: text filters the entries, numbers select them. Space marks the focused entry or the typed numbers. Enter takes
 * what {@link chosenBy} says; the answer is the indexes of the chosen entries.
 */
export function filteredList(labels: readonly string[]) {
  const type = (list: List, text: string): Promise<void> => {
    const { _choices: all } = list.state
    list.input = text
    list.choices = shownBy(text, labels).flatMap((index) => all[index] ?? [])
    list.index = 0
    return list.render()
  }
  /** Focuses the entry at a place of those shown (from 0), or the nearest. */
  const goTo = (list: List, place: number): Promise<void> => {
    const inOrder = [...list.choices].sort((a, b) => a.index - b.index)
    const at = Math.max(0, Math.min(place, inOrder.length - 1))
    const first = Math.max(0, Math.min(at, inOrder.length - list.limit))
    list.choices = [...inOrder.slice(first), ...inOrder.slice(0, first)]
    list.index = at - first
    return list.render()
  }
  const turnPage = (list: List, pages: 1 | -1): Promise<void> => {
    const { choices, focused, limit } = list
    const place = focused === undefined ? 0 : choices.filter(({ index }) => index < focused.index).length
    return goTo(list, place + pages * limit)
  }
  const markedIn = ({ state }: List) => state._choices.filter(({ enabled }) => enabled).map(({ index }) => index)
  const chosenIn = (list: List) => chosenBy(list.input, markedIn(list), labels)
  const chosenOrNone = (list: List): readonly number[] => {
    const chosen = chosenIn(list)
    return 'ok' in chosen ? chosen.ok : []
  }
  /** Marks entries; if all of them are marked, removes the marks. */
  const toggle = (entries: readonly Entry[]): void => {
    const isMarked = entries.every(({ enabled }) => enabled)
    for (const entry of entries) entry.enabled = !isMarked
  }

  /** The key does nothing here. */
  const refused = (list: List): Promise<void> => {
    list.alert()
    return Promise.resolve()
  }

  return {
    actions: ACTIONS,
    dispatch(this: List, text: string | undefined, key: Key): Promise<void> {
      const isText = text !== undefined && key.ctrl !== true && key.meta !== true && !/\p{Cc}/u.test(text)
      return isText ? type(this, this.input + text) : refused(this)
    },
    number(this: List, digit: string): Promise<void> {
      return type(this, this.input + digit)
    },
    delete(this: List): Promise<void> {
      return type(this, Array.from(this.input).slice(0, -1).join(''))
    },
    clearInput(this: List): Promise<void> {
      return type(this, '')
    },
    space(this: List): Promise<void> {
      if (!isNumberList(this.input)) {
        if (this.focused === undefined) return refused(this)
        toggle([this.focused])
        return this.render()
      }
      const typed = chosenBy(this.input, [], labels)
      if ('error' in typed) return refused(this)
      toggle(typed.ok.flatMap((index) => this.state._choices[index] ?? []))
      return type(this, '')
    },
    home(this: List): Promise<void> {
      return goTo(this, 0)
    },
    end(this: List): Promise<void> {
      return goTo(this, Infinity)
    },
    pageUp(this: List): Promise<void> {
      return turnPage(this, -1)
    },
    pageDown(this: List): Promise<void> {
      return turnPage(this, 1)
    },
    format(this: List): string {
      if (this.state.submitted !== true) return this.input
      const names = chosenOrNone(this).map((index) => labels[index] ?? '')
      const more = names.length - NAMED
      return more > 0 ? `${names.slice(0, NAMED).join(', ')} and ${more} more` : names.join(', ')
    },
    footer(this: List): string {
      return `  ${this.choices.length} of ${labels.length} shown, ${markedIn(this).length} selected`
    },
    validate(this: List): true | string {
      const chosen = chosenIn(this)
      if ('error' in chosen) return chosen.error
      // enquirer's own answer is the names of the marked entries.
      this.value = chosen.ok
      return true
    },
  }
}
