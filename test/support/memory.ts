import { readFileSync } from 'node:fs'

/**
 * The peak resident set of a process so far, in bytes, as Linux counts it (`VmHWM`); 0 when the process has ended or the system has no
 * /proc. Call it repeatedly while the process lives: the value never decreases.
 */
export function peakResidentSet(pid: number): number {
  try {
    const [, kib = '0'] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib) * 1024
  } catch {
    return 0
  }
}
