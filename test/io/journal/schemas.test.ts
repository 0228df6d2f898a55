import { expect, it } from '@jest/globals'
import { join } from 'node:path'
import { failuresIn, readJournal } from '../../../src/io/journal/journal-reader.js'
import { summarize } from '../../../src/pipeline/state/summary.js'

it('a journal of schema 1, written by version 0.1.0, is still readable: its totals and its failures', async () => {
  const path = join(import.meta.dirname, 'schema-1.ndjson')
  const told = await readJournal(path)
  expect(told.header).toBeUndefined()
  expect(summarize(told.state, 0)).toMatchObject({
    ...{ source: 'OLD:flat-3-10', target: 'NEW:t', status: 'partial', exitCode: 1 },
    totals: { listed: 3, copied: 0, skipped: 2, failed: 1 },
  })
  const keys: string[] = []
  for await (const { key } of failuresIn(path, told)) keys.push(key)
  expect(keys).toEqual(['missing'])
})
