/** Words in lines of at most `width` characters. A longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Two columns, indented by two: the second is wrapped, and begins below where the first is too wide for it. `total`: width of the whole. */
export function columns(rows: readonly (readonly [string, string])[], first: number, total: number): string[] {
  return rows.flatMap(([left, right]) => {
    const lines = wrapped(right, total - first - 4)
    const beside = left.length <= first
    const indented = lines.map((line, index) => `  ${(beside && index === 0 ? left : '').padEnd(first)}  ${line}`)
    return beside ? indented : [`  ${left}`, ...indented]
  })
}
