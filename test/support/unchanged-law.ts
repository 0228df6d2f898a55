import { expect } from '@jest/globals'
import fc from 'fast-check'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleared, outcomeOf, stories } from './unchanged-model.js'

/** Runs `numRuns` stories between two kinds of sides, and expects that every object that counts as unchanged is unchanged. */
export async function holdsFor(from: 'bucket' | 'directory', to: 'bucket' | 'directory', numRuns: number): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 's3-sync-unchanged-'))
  const law = fc.asyncProperty(stories(from, to), async (story) => {
    const { source, target, failed, copiedAgain } = await outcomeOf(story, cleared(join(root, 'story')))
    expect(failed).toEqual([])
    expect(new Map([...target].filter(([key]) => source.has(key)))).toEqual(source)
    if (story.compare === 'auto') expect(copiedAgain).toEqual([])
  })
  try {
    await fc.assert(law, { numRuns })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
