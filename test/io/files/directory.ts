import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from '@jest/globals'

/** A directory of its own for each test of a suite, removed afterwards. Its name holds what a glob pattern would take for its own. */
export function temporaryDirectory(): { path: string } {
  const directory = { path: '' }
  beforeEach(() => {
    directory.path = mkdtempSync(join(tmpdir(), 's3-sync [test] (1) '))
    chmodSync(directory.path, 0o755)
  })
  afterEach(() => rmSync(directory.path, { recursive: true, force: true }))
  return directory
}
