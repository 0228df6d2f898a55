/** Wraps text to lines of at most `width` characters. A longer word gets its own line. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** Two columns, indented by two. The second is wrapped; it starts on the next line if the first is too wide. `total`: width of both. */
export function twoColumns(rows: readonly (readonly [string, string])[], first: number, total: number): string[] {
  return rows.flatMap(([left, right]) => {
    const lines = wrapWords(right, total - first - 4)
    const fits = left.length <= first
    const indented = lines.map((line, index) => `  ${(fits && index === 0 ? left : '').padEnd(first)}  ${line}`)
    return fits ? indented : [`  ${left}`, ...indented]
  })
}
