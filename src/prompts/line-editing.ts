/** What is being typed, as enquirer holds it. */
interface Line {
  input: string
  /** Characters before the cursor. */
  cursor: number
  render(): Promise<void>
}

type Handler = (this: Line) => Promise<void>

/** Readline's control keys, by the names of what they do. enquirer takes its own list or another, never both. */
const ACTIONS = {
  ctrl: {
    ...{ a: 'home', b: 'backward', c: 'cancel', d: 'deleteForward', e: 'end', f: 'forward', g: 'reset', j: 'submit' },
    ...{ k: 'cutToEnd', u: 'cutToStart', w: 'cutWord', y: 'yank' },
  },
}

/**
 * The keys of a shell's command line, for a question that is answered with a text: Ctrl+A, E, K, U, W, Y, Home and End. enquirer's own have
 * others (Ctrl+U undoes nothing), or stop a character before the end.
 */
export function lineEditing() {
  let cut = ''
  const editing = (edit: (before: string, after: string) => readonly [before: string, after: string]): Handler =>
    function () {
      const [before, after] = edit(this.input.slice(0, this.cursor), this.input.slice(this.cursor))
      this.input = before + after
      this.cursor = before.length
      return this.render()
    }
  const cutting = (taken: string): string => (cut = taken === '' ? cut : taken)
  return {
    actions: ACTIONS,
    home: editing((before, after) => ['', before + after]),
    end: editing((before, after) => [before + after, '']),
    cutToStart: editing((before, after) => {
      cutting(before)
      return ['', after]
    }),
    cutToEnd: editing((before, after) => {
      cutting(after)
      return [before, '']
    }),
    cutWord: editing((before, after) => {
      const kept = before.replace(/\S*\s*$/, '')
      cutting(before.slice(kept.length))
      return [kept, after]
    }),
    yank: editing((before, after) => [before + cut, after]),
  }
}
