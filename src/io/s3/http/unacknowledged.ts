import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

/** One socket in Linux's table of TCP sockets: address:port of both ends in hexadecimal, its state, and the length of its send queue. */
const LINE = /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]{2} ([0-9A-F]{8}):/gm

/**
 * How many bytes the kernel holds that the other end has not confirmed, by {@link portsOf}: up to 4 MiB, which a slow uplink sends for
 * minutes after Node counts them as written. Only Linux tells (proc(5), /proc/net/tcp); elsewhere nothing is known.
 */
export async function unacknowledged(): Promise<ReadonlyMap<string, number>> {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'latin1').catch(() => '')))
  const lines = tables.flatMap((table) => [...table.matchAll(LINE)])
  return new Map(lines.map(([, local = '', remote = '', queue = '']) => [ports(hex(local), hex(remote)), hex(queue)]))
}

export function portsOf({ localPort, remotePort }: Pick<Socket, 'localPort' | 'remotePort'>): string {
  return ports(localPort, remotePort)
}

function ports(local: number | undefined, remote: number | undefined): string {
  return `${local}:${remote}`
}

function hex(digits: string): number {
  return Number.parseInt(digits, 16)
}
