// Writes docs/reference.md and docs/s3-sync.1 from the option table: npm run reference
import { build } from 'esbuild'
import { readFileSync, writeFileSync } from 'node:fs'

const { outputFiles } = await build({
  entryPoints: ['src/cli/args/reference.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
})
const { referenceMarkdown, manPage } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)
const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync('docs/reference.md', referenceMarkdown())
writeFileSync('docs/s3-sync.1', manPage(version))
