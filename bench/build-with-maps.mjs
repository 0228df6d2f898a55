// The program as build.mjs makes it, but in another folder and with source maps, so that a profile can name the sources.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const OPTION = 'metafile: true,'

/** @returns the folder of `main.js` and its chunks, each with its map beside it */
export function buildWithMaps() {
  const elsewhere = mkdtempSync(join(tmpdir(), 'bench-build-'))
  for (const needed of ['src', 'node_modules', 'package.json', 'tsconfig.json', 'licenses.mjs']) {
    symlinkSync(join(ROOT, needed), join(elsewhere, needed))
  }
  const script = readFileSync(join(ROOT, 'build.mjs'), 'utf8')
  if (!script.includes(OPTION)) throw new Error(`build.mjs has no "${OPTION}" to put the source maps beside`)
  writeFileSync(join(elsewhere, 'build.mjs'), script.replace(OPTION, `${OPTION} sourcemap: 'linked', sourcesContent: false,`))
  execFileSync(process.execPath, ['build.mjs'], { cwd: elsewhere, stdio: 'inherit' })
  return join(elsewhere, 'dist')
}
