// Bundles src/main.ts into dist/: one small entry, and chunks that load when a command needs them (the SDK alone costs
// 0.3 s to import), so that `--version` starts as fast as node itself.
import { build } from 'esbuild'
import { writeLicenses } from './licenses.mjs'
import { chmodSync, readFileSync, rmSync } from 'node:fs'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

rmSync('dist', { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none', // they stand, whole, in THIRD-PARTY-LICENSES.txt
  define: { S3_SYNC_VERSION: JSON.stringify(version) },
  // Packages that come as ES modules too are taken as such: what of them is not used stays out, and their own parts load when needed.
  mainFields: ['module', 'main'],
  // Some bundled packages are CommonJS and call require() for Node's own modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
})
refuseHollowImports(metafile)
writeLicenses(metafile, 'dist/THIRD-PARTY-LICENSES.txt')
chmodSync('dist/main.js', 0o755)

/**
 * What is imported dynamically from CommonJS arrives, in a chunk of its own, as `default` and nothing else: no name that was asked for is
 * there. Such a package is imported statically, by a module that is itself imported dynamically.
 * @param {import('esbuild').Metafile} metafile
 */
function refuseHollowImports({ inputs }) {
  const hollow = Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ kind, path, external }) => kind === 'dynamic-import' && external !== true && inputs[path]?.format !== 'esm')
      .map(({ original }) => `${file}: import('${original}')`),
  )
  if (hollow.length > 0) throw new Error(`imported dynamically, though CommonJS:\n${hollow.join('\n')}`)
}
