import { type CheckResult, no, yes } from './verdict.js'
import type { CheckContext } from './check-context.js'
import { rawHead, rawPut } from './raw-requests.js'

const LARGE = 8 * 2 ** 20
const OBJECTS = 50
const AT_ONCE = 8
const HEADS = 5

/** Measures one large object up and down, many small ones, and a single request, from this machine at this moment. */
export async function checkThroughput(context: CheckContext): Promise<CheckResult> {
  const { bucket, root, signal, environment } = context
  const object = { bucket, key: `${root}large`, signal }
  const body = environment.random(LARGE)
  const up = await timed(context, () => context.store.put({ ...object, body, size: LARGE, attributes: { metadata: {} } }))
  let received = 0
  const down = await timed(context, async () => {
    const { body: content } = await context.store.get({ ...object, gather: 2 * LARGE })
    if (content instanceof Uint8Array) received = content.length
    else for await (const chunk of content) received += chunk.length
  })
  if (received !== LARGE) return no(`${LARGE} bytes went up, ${received} came back`)
  const waiting = Array.from({ length: OBJECTS }, (_, i) => `small/${i}`)
  const small = await timed(context, () => Promise.all(Array.from({ length: AT_ONCE }, () => putAll(context, waiting))))
  const trip = await timed(context, async () => {
    for (let i = 0; i < HEADS; i++) await rawHead(context, 'large')
  })
  const rate = (ms: number): string => `${Math.round(LARGE / 2 ** 20 / (ms / 1000))} MiB/s`
  return yes(
    `${rate(up)} up, ${rate(down)} down, ${Math.round(OBJECTS / (small / 1000))} objects/s, ${Math.round(trip / HEADS)} ms a request`,
  )
}

async function putAll(context: CheckContext, waiting: string[]): Promise<void> {
  for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) await rawPut(context, key, Buffer.alloc(1024))
}

/** ms, at least one */
async function timed({ environment }: CheckContext, work: () => Promise<unknown>): Promise<number> {
  const began = environment.now()
  await work()
  return Math.max(1, environment.now() - began)
}
