/** enquirer's list of choices: `choices` begins with the first visible entry, and `index` counts from there. */
interface List {
  choices: readonly Entry[]
  readonly visible: readonly Entry[]
  readonly focused: Entry | undefined
  index: number
  alert(): void
  render(): Promise<void>
}

interface Entry {
  /** Its place in the whole list, from 0. */
  readonly index: number
}

/**
 * Digits move to the entry with that number, as shown: from 1, although enquirer counts from 0. `1` and then `2` is 12 if the list is long
 * enough, else 2. Enter or Space selects it.
 */
export function numberKeys() {
  let typed = ''
  return {
    number(this: List, digit: string): Promise<void> | undefined {
      // Another key was pressed in between.
      if (this.focused?.index !== Number(typed) - 1) typed = ''
      const entryOf = (number: string) => this.choices.find(({ index }) => index === Number(number) - 1)
      typed = entryOf(typed + digit) === undefined ? digit : typed + digit
      const entry = entryOf(typed)
      if (entry === undefined) {
        typed = ''
        this.alert()
        return undefined
      }
      if (!this.visible.includes(entry)) {
        const inOrder = [...this.choices].sort((a, b) => a.index - b.index)
        this.choices = [...inOrder.slice(entry.index), ...inOrder.slice(0, entry.index)]
      }
      this.index = this.choices.indexOf(entry)
      return this.render()
    },
  }
}
