import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { errorCode, makePrivateDirectory, PRIVATE_FILE, readIfThere } from './files.js'

/** Who holds a lock. */
const Owner = v.object({
  pid: v.number(),
  host: v.string(),
  /** When the process began, in the kernel's own count: a pid is used again, the two together are not. Empty where nobody tells. */
  began: v.string(),
  /** What the owner is doing, e.g. a run's id. */
  purpose: v.string(),
  /** Tells two locks of one process apart. */
  token: v.string(),
})
type Owner = v.InferOutput<typeof Owner>

export type Lock =
  | { readonly held: true; release(): void }
  /** Somebody else is at it; `by` is what they said they were doing. */
  | { readonly held: false; readonly by: string }

/**
 * Takes the lock at `path`, or says who has it. A lock whose process has died counts as free. Synchronous, so that a signal's handler can
 * give it back.
 */
export function acquireLock(path: string, purpose: string): Lock {
  makePrivateDirectory(dirname(path))
  const token = randomBytes(8).toString('hex')
  const owner: Owner = { pid: process.pid, host: hostname(), began: beganAt(process.pid), purpose, token }
  const mine = `${path}.${token}`
  writeFileSync(mine, JSON.stringify(owner), { mode: PRIVATE_FILE, flag: 'wx' })
  try {
    for (;;) {
      // A link is made whole or not at all, so nobody ever reads half a lock.
      if (link(mine, path)) return { held: true, release: () => release(path, token) }
      const other = read(path)
      if (other === undefined) continue
      if (isAlive(other)) return { held: false, by: other.purpose }
      takeAway(path, other)
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Waits for the lock, up to `patienceMs`, and holds it while `work` runs. Throws when somebody keeps it longer. */
export async function withLock<T>(path: string, patienceMs: number, work: () => T): Promise<T> {
  for (let waited = 0; ; waited += WAIT_MS) {
    const lock = acquireLock(path, `process ${process.pid}`)
    if (lock.held) {
      try {
        return work()
      } finally {
        lock.release()
      }
    }
    if (waited >= patienceMs) throw new Error(`${path} has been held by ${lock.by} for ${patienceMs / 1000} s`)
    await sleep(WAIT_MS)
  }
}

const WAIT_MS = 25

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

function read(path: string): Owner | undefined {
  const text = readIfThere(path)
  return text === undefined ? undefined : v.parse(v.pipe(v.string(), v.parseJson(), Owner), text)
}

/**
 * Takes a dead process's lock out of the way. Of two that try, one renames it; when what was renamed turns out to be a live lock that took
 * its place meanwhile, it is put back.
 */
function takeAway(path: string, dead: Owner): void {
  const aside = `${path}.${randomBytes(8).toString('hex')}.dead`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  if (read(aside)?.token !== dead.token) link(aside, path)
  rmSync(aside, { force: true })
}

function release(path: string, token: string): void {
  if (read(path)?.token === token) rmSync(path, { force: true })
}

/** A process of another machine (a shared home) can't be asked, so it counts as alive. */
function isAlive({ pid, host, began }: Owner): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return false
  }
  return beganAt(pid) === began
}

/** Field 22 of /proc/PID/stat (proc(5)), behind the name, which may hold blanks and brackets. */
function beganAt(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
