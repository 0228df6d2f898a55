// Writes what the matrix found (test/matrix/pairs.test.ts, run by .ci/matrix) to docs/servers.md and docs/zh-CN/servers.md:
// `node docs/record-servers.mjs REPORT.ndjson 'garage 2.5.0' 's3s-fs 0.14.1' …`; the first word of each is the server's name.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [file, ...titles] = process.argv.slice(2)
const reports = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))
const names = [...new Set(reports.flatMap(({ from, to }) => [from, to]))]
const date = new Date().toISOString().slice(0, 10)

const row = (cells) => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')

/** `60 / 2 / 3`: arrived whole, reported as failed, reported to have lost a property. */
function cell(from, to) {
  if (from === to) return ''
  const found = reports.find((report) => report.from === from && report.to === to)
  if (found === undefined) return '–'
  const { held, failed, losing, silent, again } = found
  const whole = held - failed.length - losing - silent.length
  const wrong = [silent.length > 0 ? `**${silent.length} unreported**` : '', again > 0 ? `again ${again}` : ''].filter(
    (word) => word !== '',
  )
  return [`${whole} / ${failed.length} / ${losing}`, ...wrong].join(', ')
}

const matrix = (corner) =>
  table(
    [corner, ...names],
    names.map((from) => [from, ...names.map((to) => cell(from, to))]),
  )

/** Keys as code, with nothing that could change the page. */
const code = (key) => `\`${key.replace(/[\p{Cc}`|\\]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}\``
const joined = (words) => (words.length === 0 ? '–' : words.join(', '))
function details(heads) {
  const rows = names.map((to) => {
    const those = reports.filter((report) => report.to === to)
    const failed = [...new Set(those.flatMap((report) => report.failed))].sort()
    const lost = [...new Set(those.flatMap((report) => report.lost))].sort()
    return [to, joined(failed.map(code)), joined(lost)]
  })
  return table(heads, rows)
}

const versions = titles.length === 0 ? names.join(', ') : titles.join(', ')
const written = '<!-- Written by docs/record-servers.mjs; changes by hand are lost. -->'
const english = `# Servers

${written}

[Documentation](README.md) · [中文](zh-CN/servers.md)

Copies between every two servers, recorded on ${date}: ${versions}.

Up to ${Math.max(...reports.map(({ held }) => held))} objects from 0 bytes to 80 MiB, with headers, metadata and odd keys. What arrived is checked with the AWS SDK, not with
this tool. Each cell: objects that arrived as they were / reported as failed / reported to have lost a property. A second
run copies nothing, unless the cell says so.

${matrix('from \\ to')}

What each server could not hold as a target; the summary names each of these objects:

${details(['target', 'failed keys', 'lost properties'])}

\`.ci/matrix\` installs the servers and records this page.
`
const chinese = `# 服务器

${written}

[文档](README.md) · [English](../servers.md)

服务器两两之间的复制结果，记录于 ${date}：${versions}。

最多 ${Math.max(...reports.map(({ held }) => held))} 个对象，大小从 0 字节到 80 MiB，带有标头、元数据和特殊的键。结果由 AWS SDK 独立核对，不依赖本工具。
每格依次为：完整到达 / 报告为失败 / 报告丢失了属性的对象数。除非格内另有说明，第二次运行不复制任何对象。

${matrix('源 \\ 目标')}

各服务器作为目标时无法保存的内容；摘要会列出其中每个对象：

${details(['目标', '失败的键', '丢失的属性'])}

\`.ci/matrix\` 会安装这些服务器并生成本页。
`
const docs = import.meta.dirname
writeFileSync(join(docs, 'servers.md'), english)
writeFileSync(join(docs, 'zh-CN/servers.md'), chinese)
