import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Sandbox, startCli, type CliResult } from '../support/cli.js'
import { peakResidentSet } from '../support/memory.js'
import { parseSummary } from '../support/reports.js'
import { SyntheticS3 } from '../support/synthetic-s3.js'

const MiB = 1024 * 1024
const GiB = 1024 * MiB

let sandbox: Sandbox
let source: SyntheticS3
let target: SyntheticS3

beforeEach(async () => {
  sandbox = await Sandbox.make()
  source = await SyntheticS3.start()
  target = await SyntheticS3.start()
})

afterEach(async () => {
  sandbox.remove()
  await source.stop()
  await target.stop()
})

/** Runs the tool to its end; `peak` is its largest resident set in bytes. */
async function measured(...args: string[]): Promise<CliResult & { readonly peak: number }> {
  const env = { S3_SYNC_CONNECTION_A: source.url, S3_SYNC_CONNECTION_B: target.url }
  const running = startCli(sandbox, [...args, '--yes', '--json'], { env, timeoutMs: 240_000 })
  let peak = 0
  const watch = setInterval(() => (peak = Math.max(peak, peakResidentSet(running.pid))), 20)
  const result = await running.finished
  clearInterval(watch)
  process.stderr.write(`${args.join(' ')}: ${(peak / MiB).toFixed(0)} MiB at most\n`)
  return { ...result, peak }
}

/** The bound. */
const LIMIT = 250 * 1000 * 1000

describe('given a lot to copy, the resident set stays below 250 MB', () => {
  it('20 000 objects of 1 KiB', async () => {
    source.fill(
      'many',
      Array.from({ length: 20_000 }, (_, i): [string, number] => [`o/${String(i).padStart(6, '0')}`, 1024]),
    )
    const { code, stdout, peak } = await measured('A:many', 'B:many')
    expect(code).toBe(0)
    expect(parseSummary(stdout).totals).toMatchObject({ listed: 20_000, copied: 20_000, bytesCopied: 20_000 * 1024 })
    expect(target.buckets.get('many')).toEqual(source.buckets.get('many'))
    expect(peak).toBeGreaterThan(0)
    expect(peak).toBeLessThan(LIMIT)
  })

  it('one object of 8 GiB, in parts of the size it has at the source', async () => {
    source.fill('one', [['large', 8 * GiB]])
    const { code, stdout, peak } = await measured('A:one', 'B:one')
    expect(code).toBe(0)
    expect(parseSummary(stdout).totals).toMatchObject({ copied: 1, bytesCopied: 8 * GiB })
    expect(target.buckets.get('one')).toEqual(source.buckets.get('one'))
    expect(target.counts.get('UploadPart')).toBe(512)
    expect(peak).toBeGreaterThan(0)
    expect(peak).toBeLessThan(LIMIT)
  })
})
