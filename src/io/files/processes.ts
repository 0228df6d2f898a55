import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import * as v from 'valibot'
import { errorCode } from './atomic-files.js'

/** Names one process for good: a pid alone is used again, and means something else on another machine. */
export const ProcessIdentity = v.object({
  pid: v.number(),
  /** The machine and, where the system has them, the namespace in which the pid counts (a container's own). */
  host: v.string(),
  /** When the process began, in the kernel's own count. Empty where nobody tells. */
  began: v.string(),
})
export type ProcessIdentity = v.InferOutput<typeof ProcessIdentity>

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, host: host(), began: beganAt(process.pid) }
}

/** A process of another machine or container (a shared home) can't be asked, so it counts as alive. */
export function isAlive({ pid, host: where, began }: ProcessIdentity): boolean {
  if (where !== host()) return true
  return isProcessAlive(pid) && beganAt(pid) === began
}

/** Whether some process has this pid now, and has not ended. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !isZombie(pid)
  } catch (error) {
    // EPERM: it is there, and someone else's.
    return errorCode(error) === 'EPERM'
  }
}

function host(): string {
  return `${hostname()} ${quietly(() => readlinkSync('/proc/self/ns/pid'))}`.trimEnd()
}

/** Killed, and nobody has asked how it ended yet: in a container without an init nobody ever will. */
function isZombie(pid: number): boolean {
  return /^[ZX]$/.test(statOf(pid)[0] ?? '')
}

/** Field 22 of /proc/PID/stat. */
function beganAt(pid: number): string {
  return statOf(pid)[19] ?? ''
}

/** The fields of /proc/PID/stat from the third on (proc(5)): the second, the name, may hold blanks and brackets. */
function statOf(pid: number): readonly string[] {
  const stat = quietly(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Only Linux has /proc, and it may hide others' processes. */
function quietly(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
