import { outcomeOf, failureText, type CheckResult, no, partly, yes } from './verdict.js'
import type { CheckContext } from './check-context.js'
import { StoreError } from '../pipeline/ports/failure.js'
import { rawPut, rawRead } from './raw-requests.js'

/** Keys of one kind. */
interface KeyKind {
  /** Keys of a group are written below the same folder, each group below its own. */
  readonly groups: readonly (readonly string[])[]
  /** A key without the folder, written only in the doctor's own bucket. */
  readonly leading?: string
}

/** All are valid (S3 user guide, "Naming Amazon S3 objects"); each is changed or refused by some server (measured). */
const KINDS = {
  'keys-unicode': { groups: [['\u00e9', 'e\u0301', '\u65e5\u672c \u{1f600}', 'a+b c', '%20&<>"\'?#']] },
  'keys-slashes': { groups: [['x//y'], ['dir/']], leading: '/lead' },
  'keys-dots': { groups: [['a/./b'], ['a/../b']] },
  'keys-siblings': { groups: [['a', 'a/b']] },
  'keys-control': { groups: [['tab\tin'], ['line\nfeed'], ['bell\u0007']] },
  'keys-long': { groups: [['s'.repeat(300)], ['LONGEST']] },
} as const satisfies Readonly<Record<string, KeyKind>>

/** Writes keys, then lists and reads them. */
export async function checkKeys(context: CheckContext, check: keyof typeof KINDS): Promise<CheckResult> {
  const kind: KeyKind = KINDS[check]
  const wrong: string[] = []
  for (const [i, keys] of kind.groups.entries()) wrong.push(...(await wrongIn(context, `${check}/${i}/`, keys)))
  let all = kind.groups.flat().length
  if (kind.leading !== undefined && context.root === '') {
    all++
    wrong.push(...(await leading(context, kind.leading)))
  }
  if (wrong.length === 0) return yes(`unchanged, ${all} of ${all}`)
  return wrong.length >= all ? no(wrong.join('; ')) : partly(wrong.join('; '))
}

/** What went wrong with keys below a folder: one text for each key. */
async function wrongIn(context: CheckContext, folder: string, group: readonly string[]): Promise<readonly string[]> {
  const keys = group.map((key) => (key === 'LONGEST' ? longestBelow(context.root + folder) : key))
  const wrong: string[] = []
  const written: string[] = []
  for (const key of keys) {
    const outcome = await outcomeOf(() => rawPut(context, folder + key, contentOf(key)))
    if ('ok' in outcome) written.push(key)
    else wrong.push(`${shown(key)}: ${failureText(outcome.failure)}`)
  }
  const listed = await outcomeOf(() =>
    context.store.listPage({ bucket: context.bucket, prefix: context.root + folder, signal: context.signal }),
  )
  if ('failure' in listed) return [...wrong, ...written.map((key) => `${shown(key)}: ${failureText(listed.failure)}`)]
  const found = listed.ok.entries.map(({ key }) => key.slice(context.root.length + folder.length))
  const unexpected = found.filter((key) => !keys.includes(key)).map(shown)
  for (const key of written) {
    const problem = found.includes(key)
      ? await misread(context, folder, key)
      : unexpected.length > 0
        ? `became ${unexpected.join(', ')}`
        : 'is not listed'
    if (problem !== undefined) wrong.push(`${shown(key)} ${problem}`)
  }
  return wrong
}

/** Why a listed key does not return what was written; undefined if it does. */
async function misread(context: CheckContext, folder: string, key: string): Promise<string | undefined> {
  const content = await outcomeOf(() => rawRead(context, context.root + folder + key))
  if ('failure' in content) return `can't be read: ${failureText(content.failure)}`
  return content.ok === contentOf(key) ? undefined : 'was overwritten by another'
}

function contentOf(key: string): string {
  return `content of ${key}`
}

async function leading(context: CheckContext, key: string): Promise<readonly string[]> {
  const { bucket, signal } = context
  const written = await outcomeOf(() => rawPut(context, key, contentOf(key)))
  if ('failure' in written) return [`${key}: ${failureText(written.failure)}`]
  const isListed = async (prefix: string): Promise<boolean> => {
    const listed = await outcomeOf(() => context.store.listPage({ bucket, prefix, signal }))
    if ('ok' in listed) return listed.ok.entries.some((entry) => entry.key === prefix)
    // SeaweedFS changes the prefix too, and lists keys that do not begin with it (measured).
    if (listed.failure.code === 'MalformedListing') return false
    throw new StoreError(listed.failure)
  }
  if (await isListed(key)) return []
  return [`${key} ${(await isListed(key.slice(1))) ? `became ${key.slice(1)}` : 'is not listed'}`]
}

/** What to append to a prefix for a key of 1,024 bytes, the maximum (S3 user guide), in segments that file systems accept. */
function longestBelow(prefix: string): string {
  return `${`${'k'.repeat(99)}/`.repeat(11).slice(0, 1023 - prefix.length)}k`
}

const SHOWN = 24

function shown(key: string): string {
  return key.length > SHOWN ? `${key.slice(0, 3)}… (${Buffer.byteLength(key)} bytes)` : key
}
