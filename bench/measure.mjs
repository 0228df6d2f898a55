// One run of a command: what it took, exactly, from the kernel's own account of the child (wait4).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const HELPER = join(import.meta.dirname, 'rusage.py')

/**
 * @typedef {{ command: string, args: string[], env?: Record<string, string> }} Call
 * @typedef {{ wall: number, cpu: number, rss: number, code: number, lastWords: string }} Usage seconds, seconds (user + system), bytes
 */

/**
 * @param {Call} call
 * @param {number} limit seconds, after which it is killed
 * @returns {Promise<Usage>}
 */
export async function measure({ command, args, env = {} }, limit) {
  const child = spawn('python3', [HELPER, String(limit), command, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  })
  const stop = () => child.kill()
  process.once('exit', stop)
  const [said, account] = await Promise.all([text(child.stderr), text(child.stdio[3]), once(child, 'close')])
  process.off('exit', stop)
  if (account === '') throw new Error(`could not run ${command}: ${said.trim()}`)
  return { ...JSON.parse(account), lastWords: said.trim().split('\n').at(-1) ?? '' }
}

/** @param {number[]} figures */
export function median(figures) {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
