import { setTimeout as sleep } from 'node:timers/promises'

/** Resolves as soon as `condition` holds; fails after `timeoutMs` with `what` in the message. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 120_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await sleep(10)
  }
}
