// Finds phrases that this project does not use, because no operator says them, in documents and sources: prints `file:line` and what to write
// instead, and exits with 1 when there are any. `npm run check` runs it.
import fg from 'fast-glob'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What is looked through. */
const SCANNED = ['*.md', 'docs/**/*.md', 'bench/*.md', 'src/**/*.ts']

/** A blank in a pattern also matches the end of a line, with the mark of a comment after it. */
const PHRASES = [
  { pattern: /\bwhat is unchanged\b/, instead: 'unchanged objects' },
  {
    pattern: /\bwhat the (source|target) (has|holds|lists|keeps|refuses|doesn['’]t|does not)\b/,
    instead: 'objects that the source …, objects missing at the source',
  },
  { pattern: /\bmakes? the target hold what\b/, instead: 'makes the target an exact mirror' },
  { pattern: /\bsees to it\b/, instead: 'ensures, checks' },
  {
    pattern: /\b(is|are|has|have) beside (its|their|the) bytes\b|\bbeside (its|their|the) bytes\b|\bbeside the copies\b/,
    instead: 'metadata; besides',
  },
  { pattern: /\bfail(s|ed)? by name\b/, instead: 'is reported as failed' },
  { pattern: /\b(pass|passes|passed|passing) over\b/, instead: 'skipped, ignored' },
  { pattern: /\b(are|is|was|were) made(?= (when|where|if|first|at|as needed|anew)\b|\.)/, instead: 'is created' },
  {
    pattern:
      /\bbuckets? (that )?(will be|is|are) made\b|\b(it|the run|they) makes? (the|a|no) buckets?\b|\bmakes? buckets\b|\bmade the bucket\b/,
    instead: 'is created, creates',
  },
  { pattern: /\bthe copies stand\b|\bcopies stand\b/, instead: 'objects already copied remain' },
  { pattern: /\bstands? (in|for itself|here|there|below|above|beside|at|behind)\b/, instead: 'is in, is listed in' },
  { pattern: /\bstay(s|ed|ing)? behind\b/, instead: 'is not copied' },
  { pattern: /\bfall(s|ing)? short\b|\bfell short\b/, instead: 'is less than' },
  { pattern: /\bcur(e|es|ed|ing)\b/, instead: 'fix, resolve' },
  { pattern: /\b(go|goes|going|went|gone) on with\b|\bgo(es)? on where\b/, instead: 'resume, continue' },
  { pattern: /\bkept as\b/, instead: 'saved as' },
  { pattern: /\bexactly so\b/, instead: 'in capitals' },
  { pattern: /\ba name for the connection\b/, instead: 'connection name' },
  { pattern: /\basks? for [\d,]+ [A-Z]/, instead: 'needs N requests' },
  {
    pattern: /\bhow many pay\b|\bas long as (that|it) pays\b|\b(that|it|which) pays\b|\bdid not pay\b|\bwhat paid\b/,
    instead: 'helps, improves throughput',
  },
  { pattern: /\btravel(s|led|ling)?\b/, instead: 'is copied, is preserved' },
  { pattern: /\bwho may read\b/, instead: 'access, ACL' },
  { pattern: /\bas (that|it) has it\b|\bas it was\b(?=\))/, instead: 'default of the target bucket; same as the source' },
  {
    pattern: /\b(is|are|was|were|be|being|been) told\b|\b(is|are) said to\b|\bthat is said\b|\bsaid so\b|\bsays so expressly\b/,
    instead: 'is reported; warns; the summary says',
  },
  {
    pattern: /\b(can't|can’t|cannot|can not) be told\b|\btold apart\b|\btell (them|the two|it) apart\b|\bcan tell\b/,
    instead: 'unknown; distinguish',
  },
  { pattern: /\bfall(s)? (far )?behind\b/, instead: 'is slower' },
  { pattern: /\bnobody knows\b|\bnobody counts\b|\banybody counts\b/, instead: 'unknown' },
  { pattern: /\bof both sides\b/, instead: 'of source and target' },
  { pattern: /\bby (itself|themselves)\b/, instead: 'automatically, alone, separately' },
  { pattern: /\bleft alone\b|\bleaves? (it|them|what) alone\b/, instead: 'is not changed, keeps' },
  { pattern: /\bmore than .{1,20} would go\b|\bwhat would go\b/, instead: 'would be deleted' },
  { pattern: /\bhas what the\b|\bholds everything already\b/, instead: 'is up to date' },
  {
    pattern: /\bcame to its end\b|\bcome to their end\b|\bwent to its end\b|\bto the end of its\b/,
    instead: 'has finished',
  },
  { pattern: /\bcame to\b|\bhow far it came\b/, instead: 'reached, resulted in' },
  { pattern: /\bdear\b/, instead: 'expensive' },
  { pattern: /\bon (its|their|the) way\b/, instead: 'in flight' },
  { pattern: /\bin hand\b/, instead: 'in progress' },
  { pattern: /\bfolded into what\b/, instead: 'compacted' },
  { pattern: /\bfor want of\b/, instead: 'because … is missing' },
  { pattern: /\bwithout a word\b/, instead: 'silently' },
  { pattern: /\bit is a toy\b|\bis a toy\b/, instead: 'is meant for demos and tests only' },
  { pattern: /\bnobody (says|said)\b|\bno one’s business\b/, instead: 'by default' },
  { pattern: /\bgoes? with it\b(?=:)|\bdo(es)? not go (with it|together)\b/, instead: 'cannot be combined with' },
  { pattern: /\b(make|makes|made|making) up\b/, instead: 'create, consist of' },
  { pattern: /\bthe list goes from\b/, instead: 'choose 1–3' },
  { pattern: /\bwhen objects were modified\b/, instead: 'modification times' },
  // Chinese: calques of the phrases above.
  { pattern: /不会再复制/, instead: '只复制新增和有变化的对象' },
  { pattern: /通过全部测试/, instead: '运行全部测试' },
  { pattern: /立即离开|什么也不会开始|什么也没有开始/, instead: '立即退出，不会执行任何操作' },
  { pattern: /按名字?(报告)?失败/, instead: '逐个列出并计为失败' },
  { pattern: /都到底|运行到底/, instead: '均已完成' },
  { pattern: /随字节一起走|一起走/, instead: '会与对象内容一并复制' },
  { pattern: /悄悄丢掉/, instead: '静默丢弃' },
  { pattern: /被杀死|停下处|停下的地方/, instead: '被强制终止；从中断处继续' },
  { pattern: /续传一次运行|了结/, instead: '恢复未完成的运行；处理完' },
  { pattern: /没有人会再用到/, instead: '不再需要' },
  { pattern: /指向别处|不能改变它做什么/, instead: '更改任务内容或端点' },
  { pattern: /上下各/, instead: '上传、下载各' },
  { pattern: /给程序用|给脚本用/, instead: '供程序使用；用于脚本' },
  { pattern: /折叠/, instead: '归约；压缩' },
  { pattern: /各管一段/, instead: '每个任务负责一段' },
  { pattern: /钥匙/, instead: '密钥' },
  { pattern: /玩具/, instead: '仅用于演示和测试' },
  { pattern: /# 一条命令/, instead: '命令行模式' },
]

/** The phrase in any case and across the ends of lines. @param {RegExp} pattern */
const matcher = ({ source }) => new RegExp(source.replaceAll(' ', String.raw`(?:\s+(?:\*|//)?\s*)`), 'giu')

const root = import.meta.dirname
const phrases = PHRASES.map(({ pattern, instead }) => ({ matches: matcher(pattern), instead }))
const hits = fg.sync(SCANNED, { cwd: root, ignore: ['node_modules/**'] }).flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  return phrases.flatMap(({ matches, instead }) =>
    [...text.matchAll(matches)].map(({ 0: found, index }) => ({
      place: `${file}:${text.slice(0, index).split('\n').length}`,
      words: found.replaceAll(/\s+/g, ' '),
      instead,
    })),
  )
})
for (const { place, words, instead } of hits) console.log(`${place}: "${words}" – write: ${instead}`)
if (hits.length > 0) process.exitCode = 1
