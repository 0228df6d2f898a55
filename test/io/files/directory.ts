import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from '@jest/globals'

/** A new directory for each test of a suite, removed afterwards. Its name contains characters that are special in globs. */
export function temporaryDirectory(): { path: string } {
  const directory = { path: '' }
  beforeEach(() => {
    directory.path = mkdtempSync(join(tmpdir(), 's3-sync [test] (1) '))
    chmodSync(directory.path, 0o755)
  })
  afterEach(() => rmSync(directory.path, { recursive: true, force: true }))
  return directory
}
