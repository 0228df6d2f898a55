// The back door of bed: it makes buckets up by their names, counts every request, and says what a bucket holds.
/* global fetch */
import { setTimeout as sleep } from 'node:timers/promises'

/** @param {string} url */
export async function isBed(url) {
  try {
    const answer = await fetch(`${url}/_stats`)
    return answer.ok && /^bytes_in \d+$/m.test(await answer.text())
  } catch {
    return false
  }
}

/**
 * @param {string} url
 * @returns {import('./endpoints.mjs').Store}
 */
export function bedStore(url) {
  const ask = async (path) => (await fetch(url + path)).text()

  /** The first question makes the bucket up, which takes a while for many or large objects. */
  async function count(bucket) {
    const [, objects, sizes, digest] = /^(\d+) objects, sizes map\[(.*?)\], digest (\w+)/.exec(await ask(`/_count?b=${bucket}`))
    const bytes = sizes.split(' ').reduce((sum, entry) => {
      const [size, times] = entry.split(':').map(Number)
      return entry === '' ? sum : sum + size * times
    }, 0)
    return { objects: Number(objects), bytes, digest }
  }

  return {
    count,
    async fill(bucket, objects) {
      const found = await count(bucket)
      if (found.objects !== objects) throw new Error(`${bucket} holds ${found.objects} objects`)
    },
    async clear(bucket) {
      await ask('/_reset')
      while (!(await fetch(`${url}/${bucket}`, { method: 'PUT' })).ok) await sleep(500) // it may have a limit
    },
    async requests() {
      const lines = (await ask('/_stats')).trim().split('\n')
      return Object.fromEntries(lines.map((line) => line.split(' ')).map(([kind, times]) => [kind, Number(times)]))
    },
  }
}
