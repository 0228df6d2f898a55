import { attempt, inShort, type Judgement, no, partly, yes } from './verdict.js'
import type { Patient } from './subject.js'
import { put, read } from './raw-requests.js'

/** Keys of one kind. */
interface KeyKind {
  /** Those of a group are written beside each other, each group below a folder of its own. */
  readonly groups: readonly (readonly string[])[]
  /** At the very beginning of the bucket: only in one of its own. */
  readonly leading?: string
}

/** All legal (S3 user guide, "Naming Amazon S3 objects"), and each changed or refused by some server (measured). */
const KINDS = {
  'keys-unicode': { groups: [['\u00e9', 'e\u0301', '\u65e5\u672c \u{1f600}', 'a+b c', '%20&<>"\'?#']] },
  'keys-slashes': { groups: [['x//y'], ['dir/']], leading: '/lead' },
  'keys-dots': { groups: [['a/./b'], ['a/../b']] },
  'keys-siblings': { groups: [['a', 'a/b']] },
  'keys-control': { groups: [['tab\tin'], ['line\nfeed'], ['bell\u0007']] },
  'keys-long': { groups: [['s'.repeat(300)], ['LONGEST']] },
} as const satisfies Readonly<Record<string, KeyKind>>

/** Writes keys and looks under which names they are there afterwards. */
export async function oddKeys(p: Patient, check: keyof typeof KINDS): Promise<Judgement> {
  const kind: KeyKind = KINDS[check]
  const wrong: string[] = []
  for (const [i, keys] of kind.groups.entries()) wrong.push(...(await wrongIn(p, `${check}/${i}/`, keys)))
  let all = kind.groups.flat().length
  if (kind.leading !== undefined && p.root === '') {
    all++
    wrong.push(...(await leading(p, kind.leading)))
  }
  if (wrong.length === 0) return yes(`unchanged, ${all} of ${all}`)
  return wrong.length >= all ? no(wrong.join('; ')) : partly(wrong.join('; '))
}

/** What went wrong with keys below a folder, a text for each. */
async function wrongIn(p: Patient, folder: string, group: readonly string[]): Promise<readonly string[]> {
  const keys = group.map((key) => (key === 'LONGEST' ? longestBelow(p.root + folder) : key))
  const wrong: string[] = []
  const taken: string[] = []
  for (const key of keys) {
    const outcome = await attempt(() => put(p, folder + key, contentOf(key)))
    if ('ok' in outcome) taken.push(key)
    else wrong.push(`${shown(key)}: ${inShort(outcome.failure)}`)
  }
  const listed = await attempt(() => p.store.listPage({ bucket: p.bucket, prefix: p.root + folder, signal: p.signal }))
  if ('failure' in listed) return [...wrong, ...taken.map((key) => `${shown(key)}: ${inShort(listed.failure)}`)]
  const found = listed.ok.entries.map(({ key }) => key.slice(p.root.length + folder.length))
  const strangers = found.filter((key) => !keys.includes(key)).map(shown)
  for (const key of taken) {
    const problem = found.includes(key)
      ? await misread(p, folder, key)
      : strangers.length > 0
        ? `became ${strangers.join(', ')}`
        : 'is not listed'
    if (problem !== undefined) wrong.push(`${shown(key)} ${problem}`)
  }
  return wrong
}

/** Why a key that is listed does not give what was written under it. */
async function misread(p: Patient, folder: string, key: string): Promise<string | undefined> {
  const content = await attempt(() => read(p, p.root + folder + key))
  if ('failure' in content) return `can't be read: ${inShort(content.failure)}`
  return content.ok === contentOf(key) ? undefined : 'was overwritten by another'
}

function contentOf(key: string): string {
  return `content of ${key}`
}

async function leading(p: Patient, key: string): Promise<readonly string[]> {
  const { bucket, signal } = p
  const written = await attempt(() => put(p, key, contentOf(key)))
  if ('failure' in written) return [`${key}: ${inShort(written.failure)}`]
  const there = async (prefix: string): Promise<boolean> =>
    (await p.store.listPage({ bucket, prefix, signal })).entries.some((entry) => entry.key === prefix)
  if (await there(key)) return []
  return [`${key} ${(await there(key.slice(1))) ? `became ${key.slice(1)}` : 'is not listed'}`]
}

/** What makes the longest key there is of a prefix, 1,024 bytes (S3 user guide), in segments that file systems take. */
function longestBelow(prefix: string): string {
  return `${`${'k'.repeat(99)}/`.repeat(11).slice(0, 1023 - prefix.length)}k`
}

const SHOWN = 24

function shown(key: string): string {
  return key.length > SHOWN ? `${key.slice(0, 3)}… (${Buffer.byteLength(key)} bytes)` : key
}
