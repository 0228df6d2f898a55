import { afterEach, describe, expect, it } from '@jest/globals'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { Readable } from 'node:stream'
import { IdleWatch, type Unanswered } from '../../../../src/io/s3/http/idle-watch.js'
import { openStore, type S3Store } from '../../../../src/io/s3/store.js'
import { never } from './server.js'

/** A watch with ticks of a second, and one request that may wait for three. */
function watching() {
  const socket = { bytesWritten: 0, bytesRead: 0, writableLength: 0, localPort: 1, remotePort: 2 }
  const told = { pending: 0, expired: false, asked: 0 }
  const request = { socket, quietMs: 3_000, isStarved: false, expire: () => (told.expired = true) }
  const pending = () => {
    told.asked++
    return Promise.resolve(new Map([['1:2', told.pending]]))
  }
  const watch = new IdleWatch(1_000, () => () => undefined, pending)
  watch.add(request satisfies Unanswered)
  const seconds = async (count: number, meanwhile: (second: number) => void = () => undefined): Promise<void> => {
    for (let second = 1; second <= count; second++) {
      meanwhile(second)
      await watch.tick()
    }
  }
  return { socket, told, request, watch, seconds }
}

describe('a request that is not answered', () => {
  it('ends after its time without a byte moved, not before', async () => {
    const { told, seconds } = watching()
    await seconds(2)
    expect(told.expired).toBe(false)
    await seconds(1)
    expect(told.expired).toBe(true)
  })

  it.each<[string, (given: ReturnType<typeof watching>, second: number) => void]>([
    ['bytes are sent', ({ socket }) => socket.bytesWritten++],
    ['bytes are received, e.g. an interim answer', ({ socket }) => socket.bytesRead++],
    ['the other end confirms bytes that are written', ({ told }, second) => (told.pending = 1_000 - second)],
    ['its body waits for its source', ({ request }) => (request.isStarved = true)],
  ])('goes on as long as %s', async (_what, progress) => {
    const given = watching()
    await given.seconds(100, (second) => progress(given, second))
    expect(given.told.expired).toBe(false)
    given.request.isStarved = false
    await given.seconds(4)
    expect(given.told.expired).toBe(true)
  })

  it('ends although bytes wait in the kernel, if none of them is confirmed', async () => {
    const { told, seconds } = watching()
    told.pending = 1_000
    await seconds(4)
    expect(told.expired).toBe(true)
  })

  it('is forgotten once it is answered; a tick without others stops the timer', async () => {
    const { told, request, watch, seconds } = watching()
    watch.delete(request)
    await seconds(10)
    expect([told.expired, told.asked]).toEqual([false, 0])
  })
})

describe('given a slow uplink', () => {
  let stop: (() => unknown)[] = []
  afterEach(() => {
    for (const close of stop) close()
    stop = []
  })

  /** A server that reads one piece of each request in `pauseMs`, and answers when it has all `size` bytes; `mute`: never. */
  async function slowServer(size: number, pauseMs: number, mute: boolean): Promise<S3Store> {
    const server = createServer({ highWaterMark: 16_384 }, (socket) => {
      socket.on('error', () => undefined)
      void (async () => {
        let came = 0
        for await (const chunk of socket) {
          came += Buffer.isBuffer(chunk) ? chunk.length : 0
          if (came > size && !mute) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nETag: "e"\r\n\r\n')
          await sleep(pauseMs)
        }
      })().catch(() => undefined)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const keys = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' }
    const timeouts = { connectMs: 5_000, quietMs: 1_000 }
    const endpoint = `http://127.0.0.1:${address.port}`
    const store = await openStore({ name: 'test', endpoint, ...keys }, { sockets: 2, timeouts })
    stop.push(
      () => store.close(),
      () => server.close(),
    )
    return store
  }

  const write = (store: S3Store, body: Buffer | Readable, size: number) =>
    store.put({ bucket: 'b', key: 'k', body, size, attributes: { metadata: {} }, signal: never })
  const streamed = (size: number): Readable =>
    Readable.from(
      Array.from({ length: size / 65_536 }, () => Buffer.alloc(65_536)),
      { objectMode: false },
    )

  it.each([
    ['in memory', (size: number) => Buffer.alloc(size)],
    ['a stream', streamed],
  ])('a body (%s) that takes many times the timeout arrives', async (_what, body) => {
    const size = 16 * 2 ** 20
    const store = await slowServer(size, 10, false)
    const begun = performance.now()
    expect(await write(store, body(size), size)).toEqual({ etag: 'e' })
    expect(performance.now() - begun).toBeGreaterThan(2_000)
  })

  it('a server that took everything and does not answer is given up after the timeout', async () => {
    const store = await slowServer(65_536, 1, true)
    await expect(write(store, Buffer.alloc(65_536), 65_536)).rejects.toMatchObject({
      failure: { code: 'FirstByteTimeout', kind: 'transient' },
    })
  })
})
