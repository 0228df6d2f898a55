import { afterAll, describe, expect, it } from '@jest/globals'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { openLocalStore } from '../../../src/io/local/store.js'
import { isNote } from '../../../src/pipeline/listing/known-backups.js'
import { oneObject, type BucketPrefix } from '../../../src/pipeline/ports/bucket-pair.js'
import type { SyncPlan } from '../../../src/pipeline/plan/sync-plan.js'
import { place, VirtualWorld } from '../../pipeline/harness.js'

const base = mkdtempSync(join(tmpdir(), 's3-sync-backups-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

const DELETES = { deletes: { atMost: { percent: 100 } } }

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [key, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, key)), { recursive: true })
    writeFileSync(join(root, key), content)
  }
}

/** All files of a directory except notes of backups. */
function read(root: string): Record<string, string> {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const paths = files.map(({ name, parentPath }) => join(parentPath, name))
  return Object.fromEntries(
    paths.filter((path) => !isNote(path)).map((path) => [relative(root, path), readFileSync(path, 'utf8')]),
  )
}

/** A run between directories. */
async function run(source: string | BucketPrefix, target: string | BucketPrefix, plan: Partial<SyncPlan>): Promise<void> {
  const placed = (named: string | BucketPrefix): BucketPrefix => (typeof named === 'string' ? place(named) : named)
  const local = () => openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: false, own: [] })
  const stores = { source: local(), target: local() }
  await new VirtualWorld().run({ ...plan, pairs: [{ source: placed(source), target: placed(target) }] }, stores)
}

describe('backups in a directory', () => {
  /** `kept`: the directory with the first run's notes, below the root. */
  async function given(kept: string, backupPrefix: string) {
    const root = mkdtempSync(join(base, 'run-'))
    const [from, all] = [join(root, 'from'), join(root, 'all')]
    write(from, { 'x/a': 'new', 'x/b': 'b' })
    write(all, { 'x/a': 'the old one', 'x/b': 'b', 'x/gone': 'gone' })
    await run(join(from, kept), join(all, kept), { ...DELETES, backupPrefix })
    return { from, all }
  }

  it.each([
    ['the same directory', '', 'old/1', '', 'old/1/x'],
    ['one above, which has no note of its own', 'x', 'old/1', '', 'x/old/1'],
    ['one above, where the backups come before the note', 'x', '-old', '', 'x/-old'],
    ['one that the backups lie in', '', 'x/old', 'x', 'x/old/x'],
  ])('remain in later runs to %s', async (_what, kept, backupPrefix, later, backups) => {
    const { from, all } = await given(kept, backupPrefix)
    const expected = { 'x/a': 'new', 'x/b': 'b', [`${backups}/a`]: 'the old one', [`${backups}/gone`]: 'gone' }
    expect(read(all)).toEqual(expected)
    await run(join(from, later), join(all, later), DELETES)
    expect(read(all)).toEqual(expected)
    await run(join(from, later), join(all, later), { ...DELETES, compare: 'always', backupPrefix: 'other' })
    expect(read(all)).toMatchObject(expected)
  })

  it('are not copied by default, but are when the SOURCE names them', async () => {
    const { all } = await given('x', 'old')
    const [whole, restored] = [join(all, '../whole'), join(all, '../restored')]
    for (const directory of [whole, restored]) mkdirSync(directory)
    await run(all, whole, {})
    expect(read(whole)).toEqual({ 'x/a': 'new', 'x/b': 'b' })
    await run(join(all, 'x/old'), restored, {})
    expect(read(restored)).toEqual({ a: 'the old one', gone: 'gone' })
    rmSync(join(restored, 'a'))
    await run(oneObject(join(all, 'x/old'), 'a'), oneObject(restored, 'a'), {})
    expect(read(restored)).toEqual({ a: 'the old one', gone: 'gone' })
  })

  it('are not overwritten or deleted when the TARGET is among them', async () => {
    const { from, all } = await given('', 'old')
    await run(join(from, 'x'), join(all, 'old/x'), DELETES)
    expect(read(join(all, 'old'))).toEqual({ 'x/a': 'the old one', 'x/b': 'b', 'x/gone': 'gone' })
  })
})
