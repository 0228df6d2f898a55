import { randomBytes } from 'node:crypto'
import { linkSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { errorCode, makePrivateDirectory, PRIVATE_FILE, readIfThere } from './atomic-files.js'
import { isAlive, ProcessIdentity, thisProcess } from './processes.js'

/** The holder of a lock. */
const Owner = v.object({
  ...ProcessIdentity.entries,
  /** What the owner is doing, e.g. a run's id. */
  purpose: v.string(),
  /** Unique: distinguishes this lock from all others. */
  token: v.string(),
})
type Owner = v.InferOutput<typeof Owner>

export type Lock =
  | { readonly held: true; release(): void }
  /** Another process holds the lock; `by` is the purpose that it stated. */
  | { readonly held: false; readonly by: string }

/** Another process held a lock for longer than the caller was ready to wait. */
export class LockTimeout extends Error {
  override readonly name = 'LockTimeout'
  constructor(
    readonly path: string,
    readonly by: string,
  ) {
    super(`${path} is held by ${by}`)
  }
}

/**
 * Takes the lock at `path`, or returns its holder. The lock of a dead process counts as free. Synchronous, so that a signal handler can
 * release it.
 */
export function acquireLock(path: string, purpose: string): Lock {
  makePrivateDirectory(dirname(path))
  const token = randomBytes(8).toString('hex')
  const mine = `${path}.${token}.new`
  writeFileSync(mine, JSON.stringify({ ...thisProcess(), purpose, token } satisfies Owner), { mode: PRIVATE_FILE, flag: 'wx' })
  try {
    for (;;) {
      // Creating a link is atomic, so nobody can read half a lock.
      if (link(mine, path)) return { held: true, release: () => release(path, token) }
      const other = read(path)
      if (other === undefined) continue
      if (other !== 'damaged' && isAlive(other)) return { held: false, by: other.purpose }
      const guard = takeAway(path, tokenOf(other), purpose)
      if (!guard.held) return guard
    }
  } finally {
    rmSync(mine, { force: true })
  }
}

/** Whether a live process holds the lock. */
export function isHeld(path: string): boolean {
  const owner = read(path)
  return owner !== undefined && owner !== 'damaged' && isAlive(owner)
}

/** Waits up to `patienceMs` for the lock and holds it while `work` runs. Throws {@link LockTimeout} when the wait is longer. */
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
    if (waited >= patienceMs) throw new LockTimeout(path, lock.by)
    await sleep(WAIT_MS)
  }
}

const WAIT_MS = 25

/**
 * Removes the lock of a dead process. Between the check and the removal, another process may remove that lock and create its own, which
 * must not be removed. So a process first takes a guard lock for the removal, then checks again. The guard is an ordinary lock, one level
 * down: when its holder dies too, it is taken over the same way.
 */
function takeAway(path: string, token: string, purpose: string): Lock {
  const guard = acquireLock(`${path}.${token}.dead`, purpose)
  if (guard.held) {
    release(path, token)
    guard.release()
  }
  return guard
}

/** Removes the lock with this token, if it exists. Only its live owner may do that, or the holder of the guard lock. */
function release(path: string, token: string): void {
  const now = read(path)
  if (now !== undefined && tokenOf(now) === token) rmSync(path, { force: true })
}

/** A power failure may leave an empty file; the process that created it is gone. */
function read(path: string): Owner | 'damaged' | undefined {
  const text = readIfThere(path)
  if (text === undefined) return undefined
  const owner = v.safeParse(v.pipe(v.string(), v.parseJson(), Owner), text)
  return owner.success ? owner.output : 'damaged'
}

function tokenOf(owner: Owner | 'damaged'): string {
  return owner === 'damaged' ? owner : owner.token
}

function link(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}
