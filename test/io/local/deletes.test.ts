import { afterAll, expect, it } from '@jest/globals'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from '../../../src/io/local/store.js'
import { ofType, place, VirtualWorld } from '../../pipeline/harness.js'
import { unprivileged } from '../../support/unprivileged.js'

const base = mkdtempSync(join(tmpdir(), 's3-sync-deletes-'))
afterAll(() => {
  chmodSync(join(base, 'closed'), 0o700)
  rmSync(base, { recursive: true, force: true })
})

it('given an unreadable directory: --ignore-errors deletes extra files, but none that may be below it', async () => {
  mkdirSync(join(base, 'closed'))
  for (const file of ['a', 'closed/b']) writeFileSync(join(base, file), file)
  chmodSync(base, 0o755)
  chmodSync(join(base, 'closed'), 0)
  const world = new VirtualWorld()
  for (const key of ['a', 'closed/b', 'closed/c', 'extra']) world.stores.target.seed('t', key, key)
  const source = openLocalStore({ followLinks: false, followLinksFrom: false, keepTimes: false, own: [] })
  const pairs = [{ source: place(base), target: place('t') }]
  const deletes = { atMost: { percent: 100 }, ignoreErrors: true } as const
  const events = await unprivileged(() => world.run({ pairs, deletes }, { source, target: world.stores.target }))
  expect(ofType(events, 'object-failed').map(({ key }) => key)).toEqual(['closed/'])
  expect(world.stores.target.deleted).toEqual(['extra'])
})
