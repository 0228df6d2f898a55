import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import * as v from 'valibot'
import { errorCode } from './atomic-files.js'

/** Identifies one process uniquely: the system reuses pids, and a pid means something else on another machine. */
export const ProcessIdentity = v.object({
  pid: v.number(),
  /** The machine and, if the system has them, the namespace of the pid (a container has its own). */
  host: v.string(),
  /** When the process started, in the kernel's own count. Empty when the system does not report it. */
  began: v.string(),
})
export type ProcessIdentity = v.InferOutput<typeof ProcessIdentity>

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: host(), began: beganAt(process.pid) }
}

/** A process of another machine or container (a shared home) can't be checked, so it counts as alive. */
export function isAlive({ pid, host: where, began }: ProcessIdentity): boolean {
  if (where !== host()) return true
  return isProcessAlive(pid) && beganAt(pid) === began
}

/** Whether a live process has this pid. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    // EPERM: the process exists but belongs to another user.
    return errorCode(error) === 'EPERM'
  }
}

function host(): string {
  return `${hostname()} ${quietly(() => readlinkSync('/proc/self/ns/pid'))}`.trimEnd()
}

/** The process was killed and its exit status was not read: in a container without an init, nobody reads it. */
function isZombie(pid: number): boolean {
  return /^[ZX]$/.test(statOf(pid)[0] ?? '')
}

/** Field 22 of /proc/PID/stat. */
function beganAt(pid: number): string {
  return statOf(pid)[19] ?? ''
}

/** The fields of /proc/PID/stat from the third on (proc(5)): the second one, the name, may contain blanks and brackets. */
function statOf(pid: number): readonly string[] {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Only Linux has /proc, and it may hide the processes of other users. */
function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
