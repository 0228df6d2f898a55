import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Writes the licences of everything that was bundled: most of them ask to go along with the code.
 * @param {import('esbuild').Metafile} metafile
 * @param {string} outfile
 */
export function writeLicenses(metafile, outfile) {
  const folders = new Set(Object.keys(metafile.inputs).flatMap((input) => packageFolder(input) ?? []))
  const texts = [...folders].map(describe).sort()
  writeFileSync(outfile, `s3-sync contains these packages, each under its own licence.\n\n${[...new Set(texts)].join('\n')}`)
}

/** The folder of the package a bundled file belongs to. */
function packageFolder(input) {
  const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1]
  return folder !== undefined && existsSync(join(folder, 'package.json')) ? folder : undefined
}

function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.\w+)?$/i.test(entry))
  const text = file === undefined ? `Licensed under ${license}.` : readFileSync(join(folder, file), 'utf8').trim()
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`
}
