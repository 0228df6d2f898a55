import { type Judgement, no, yes } from './verdict.js'
import type { Patient } from './subject.js'
import { head, put } from './raw-requests.js'

const LARGE = 8 * 2 ** 20
const OBJECTS = 50
const AT_ONCE = 8
const HEADS = 5

/** One large object there and back, many small ones, and what a single request takes: for this machine, at this moment. */
export async function throughput(p: Patient): Promise<Judgement> {
  const { bucket, root, signal, world } = p
  const object = { bucket, key: `${root}large`, signal }
  const body = world.random(LARGE)
  const up = await timed(p, () => p.store.put({ ...object, body, size: LARGE, attributes: { metadata: {} } }))
  let came = 0
  const down = await timed(p, async () => {
    const { body: content } = await p.store.get({ ...object, gather: 2 * LARGE })
    if (content instanceof Uint8Array) came = content.length
    else for await (const chunk of content) came += chunk.length
  })
  if (came !== LARGE) return no(`${LARGE} bytes went up, ${came} came back`)
  const waiting = Array.from({ length: OBJECTS }, (_, i) => `small/${i}`)
  const small = await timed(p, () => Promise.all(Array.from({ length: AT_ONCE }, () => putAll(p, waiting))))
  const trip = await timed(p, async () => {
    for (let i = 0; i < HEADS; i++) await head(p, 'large')
  })
  const rate = (ms: number): string => `${Math.round(LARGE / 2 ** 20 / (ms / 1000))} MiB/s`
  return yes(
    `${rate(up)} up, ${rate(down)} down, ${Math.round(OBJECTS / (small / 1000))} objects/s, ${Math.round(trip / HEADS)} ms a request`,
  )
}

async function putAll(p: Patient, waiting: string[]): Promise<void> {
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await put(p, key, Buffer.alloc(1024))
}

/** ms, at least one */
async function timed({ world }: Patient, work: () => Promise<unknown>): Promise<number> {
  const began = world.now()
  await work()
  return Math.max(1, world.now() - began)
}
