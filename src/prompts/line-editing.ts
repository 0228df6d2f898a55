/** enquirer's input line. */
interface Line {
  input: string
  /** Characters before the cursor. */
  cursor: number
  render(): Promise<void>
}

type Handler = (this: Line) => Promise<void>

/** Readline's control keys and their actions. They replace enquirer's own list: it does not merge the two. */
const ACTIONS = {
  ctrl: {
    ...{ a: 'home', b: 'backward', c: 'cancel', d: 'deleteForward', e: 'end', f: 'forward', g: 'reset', j: 'submit' },
    ...{ k: 'cutToEnd', u: 'cutToStart', w: 'cutWord', y: 'yank' },
  },
}

/**
 * The editing keys of a shell for text questions: Ctrl+A, E, K, U, W, Y, Home and End. enquirer's own keys do something else, or stop one
 * character before the end.
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
  const keepCut = (text: string): string => (cut = text === '' ? cut : text)
  return {
    actions: ACTIONS,
    home: editing((before, after) => ['', before + after]),
    end: editing((before, after) => [before + after, '']),
    cutToStart: editing((before, after) => {
      keepCut(before)
      return ['', after]
    }),
    cutToEnd: editing((before, after) => {
      keepCut(after)
      return [before, '']
    }),
    cutWord: editing((before, after) => {
      const kept = before.replace(/\S*\s*$/, '')
      keepCut(before.slice(kept.length))
      return [kept, after]
    }),
    yank: editing((before, after) => [before + cut, after]),
  }
}
