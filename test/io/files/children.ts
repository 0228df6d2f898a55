import { build } from 'esbuild'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/**
 * Runs a script, written in TypeScript with imports relative to this folder, in several processes at once; returns their exit codes. A
 * process finds its number in `process.argv[2]`.
 */
export async function runChildren(count: number, script: string, directory: string): Promise<readonly unknown[]> {
  const outfile = join(directory, 'child.mjs')
  await build({
    stdin: { contents: script, resolveDir: import.meta.dirname, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    logLevel: 'error',
  })
  const children = Array.from({ length: count }, (_, number) =>
    spawn(process.execPath, [outfile, String(number)], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  const ends = await Promise.all(children.map((child) => once(child, 'exit')))
  return ends.map(([code]: unknown[]) => code)
}
