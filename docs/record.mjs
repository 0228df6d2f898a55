// Runs the demo in a pseudo-terminal and draws what it showed as docs/demo.svg: `npm run build && node docs/record.mjs`.
// The picture in the README is that of a real run; of the lines of progress only the first and the last are kept.
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const COLUMNS = 96
const CELL = { width: 8.4, height: 18 }
const MARGIN = 16
const FOREGROUND = '#d0d7de'
const COLORS = ['#484f58', '#ff7b72', '#3fb950', '#d29922', '#58a6ff', '#bc8cff', '#39c5cf', '#b1bac4']
/** Lines of progress that are drawn at either end of a longer row of them. */
const KEPT = 3

const root = join(import.meta.dirname, '..')
const terminal = new xterm.Terminal({ cols: COLUMNS, rows: 30, scrollback: 1000, allowProposedApi: true })
terminal.write('\x1b[32m$\x1b[0m ./main.sh demo\r\n')

const child = spawn(process.execPath, [join(root, 'dist/main.js'), 'demo'], {
  cols: COLUMNS,
  rows: 30,
  env: { ...process.env, TERM: 'xterm-256color', OPSKIT_TOOL_TEMP_DIR: join(root, 'node_modules/.cache/demo') },
})
child.onData((data) => terminal.write(data))
const { exitCode } = await new Promise((resolve) => child.onExit(resolve))
await new Promise((resolve) => terminal.write('', resolve))
if (exitCode !== 0) throw new Error(`the demo ended with ${exitCode}`)

/** Pieces of one line that look the same: text, column, colour, bold, dim. */
function pieces(line) {
  const found = []
  for (let column = 0; column < COLUMNS; column++) {
    const cell = line.getCell(column)
    const text = cell.getChars() || ' '
    const color = cell.isFgPalette() ? (COLORS[cell.getFgColor() % 8] ?? FOREGROUND) : FOREGROUND
    const look = `${color} ${cell.isBold() !== 0} ${cell.isDim() !== 0}`
    const last = found.at(-1)
    if (last?.look === look) last.text += text
    else found.push({ look, text, column, color, bold: cell.isBold() !== 0, dim: cell.isDim() !== 0 })
  }
  return found.filter(({ text }) => text.trim() !== '')
}

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

const buffer = terminal.buffer.active
const lines = Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row))
while (lines.at(-1)?.translateToString(true) === '') lines.pop()
const isProgress = (line) => /^ {2}[\d,]+ objects: /.test(line.translateToString())
const drawn = lines.flatMap((line, row) => {
  if (!isProgress(line)) return [pieces(line)]
  const before = lines
    .slice(0, row)
    .reverse()
    .findIndex((other) => !isProgress(other))
  const after = lines.slice(row + 1).findIndex((other) => !isProgress(other))
  if (before < KEPT || after < KEPT) return [pieces(line)]
  return before === KEPT ? [[{ text: '  ⋮', column: 0, color: FOREGROUND, bold: false, dim: true }]] : []
})

const rows = drawn.map((line, row) => {
  const y = MARGIN + (row + 0.75) * CELL.height
  return line
    .map(({ text, column, color, bold, dim }) => {
      const x = (MARGIN + column * CELL.width).toFixed(1)
      const width = (text.trimEnd().length * CELL.width).toFixed(1)
      const style = `${bold ? ' font-weight="bold"' : ''}${dim ? ' opacity="0.6"' : ''}`
      return `<text x="${x}" y="${y}" fill="${color}" textLength="${width}"${style} xml:space="preserve">${escape(text.trimEnd())}</text>`
    })
    .join('')
})
const width = Math.ceil(2 * MARGIN + COLUMNS * CELL.width)
const height = 2 * MARGIN + drawn.length * CELL.height
writeFileSync(
  join(root, 'docs/demo.svg'),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14">
<title>s3-sync demo in a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join('\n')}
</svg>
`,
)
