// Writes what the matrix found (test/matrix/pairs.test.ts, run by .ci/matrix) to docs/servers.md and docs/zh-CN/servers.md:
// `node docs/record-servers.mjs REPORT.ndjson 'garage 2.5.0' 's3s-fs 0.14.1' …`; the first word of each is the server's name. Of two reports
// about one pair, the last one counts.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [file, ...titles] = process.argv.slice(2)
const lines = readFileSync(file, 'utf8').trim().split('\n')
const reports = new Map(lines.map((line) => JSON.parse(line)).map((report) => [`${report.from} ${report.to}`, report]))
const names = titles.map((title) => title.split(' ')[0])
const most = Math.max(...[...reports.values()].map(({ held }) => held))
const date = new Date().toISOString().slice(0, 10)

const row = (cells) => `| ${cells.join(' | ')} |`
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
const joined = (words, separator = ', ') => (words.length === 0 ? '–' : words.join(separator))

/** `68/70`, and where there are any, the lost properties and the objects that were copied again. */
const cellOf = (words) => (from, to) => {
  const report = reports.get(`${from} ${to}`)
  if (report === undefined) return '–'
  const { held, failed, lost, silent, again } = report
  const arrived = held - Object.keys(failed).length - silent.length
  const properties = Object.keys(lost).sort()
  return [
    `${arrived}/${held}`,
    ...(properties.length > 0 ? [`${words.lost} ${joined(properties)}`] : []),
    ...(again > 0 ? [`**${words.again} ${again}**`] : []),
    ...(silent.length > 0 ? [`**${words.silent} ${silent.length}**`] : []),
  ].join('; ')
}

/** A key as code: shortened, with nothing that could change the page. */
function code(key) {
  const short = key.length > 40 ? `${key.slice(0, 12)}…${key.slice(-12)} (${key.length})` : key
  return `\`${short.replace(/[\p{Cc}`|\\]/gu, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`)}\``
}

/** What a target refused, by error code, and what it lost, whatever the source was. */
function heldBy(target) {
  const those = [...reports.values()].filter(({ to }) => to === target)
  const byCode = new Map()
  for (const [key, why] of those.flatMap(({ failed }) => Object.entries(failed)))
    byCode.set(why, (byCode.get(why) ?? new Set()).add(code(key)))
  const failed = [...byCode].sort().map(([why, keys]) => `${why}: ${joined([...keys].sort())}`)
  const lost = [...new Set(those.flatMap((report) => Object.keys(report.lost)))].sort()
  return [target, joined(failed, '; '), joined(lost)]
}

function tables({ corner, target, failed, lost, words }) {
  const cell = cellOf(words)
  return {
    pairs: table(
      [corner, ...names],
      names.map((from) => [from, ...names.map((to) => cell(from, to))]),
    ),
    targets: table([target, failed, lost], names.map(heldBy)),
  }
}

const written = '<!-- Written by docs/record-servers.mjs; changes by hand are lost. -->'
const en = tables({
  ...{ corner: 'from \\ to', target: 'target', failed: 'failed keys, by code', lost: 'lost properties' },
  words: { lost: 'lost', again: 'copied again:', silent: 'not reported:' },
})
const english = `# Servers

${written}

[Contents](README.md) · [中文](zh-CN/servers.md)

Copies between every two servers, and between two buckets of one server, recorded on ${date}:
${titles.join(', ')}.

Up to ${most} objects: 0 bytes to 80 MiB, also in parts; headers, metadata, tags; unusual keys. The AWS SDK checks bytes, headers,
metadata and tags of what arrived. Each cell has the objects that arrived / the objects that the source could store, and the
properties that some of them lost. All others are reported as failed. A second run copies nothing, unless the cell says so.

${en.pairs}

What a target could not store. Each of these objects and properties is named in the summary. \`KeyChanged\`: the server stores
the object under another key, such as \`a/b\` for \`a//b\`.

${en.targets}

\`.ci/matrix\` installs the servers and writes this page.
`
const zh = tables({
  ...{ corner: '源 \\ 目标', target: '目标', failed: '失败的键（按错误码）', lost: '丢失的属性' },
  words: { lost: '丢失', again: '再次复制：', silent: '未报告：' },
})
const chinese = `# 服务器

${written}

[目录](README.md) · [English](../servers.md)

服务器两两之间、以及同一服务器的两个存储桶之间的复制结果，记录于 ${date}：
${titles.join('、')}。

最多 ${most} 个对象：大小从 0 字节到 80 MiB，包括分段上传的对象，带有头部、元数据、标签和特殊的键。到达的内容、头部、元数据和标签由
AWS SDK 核对。每格依次为：到达的对象数 / 源端能保存的对象数，以及其中部分对象丢失的属性。其余对象都报告为失败。
除非格内另有说明，第二次运行不复制任何对象。

${zh.pairs}

各目标无法保存的内容；摘要会列出其中每个对象和属性。\`KeyChanged\`：服务器把对象存到了另一个键下，例如把 \`a//b\` 存为 \`a/b\`。

${zh.targets}

\`.ci/matrix\` 会安装这些服务器并生成本页。
`
const docs = import.meta.dirname
writeFileSync(join(docs, 'servers.md'), english)
writeFileSync(join(docs, 'zh-CN/servers.md'), chinese)
