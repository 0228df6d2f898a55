import { afterEach, describe, expect, it } from '@jest/globals'
import { createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { openStore, type S3Store } from '../../../../src/io/s3/store.js'
import { asBody } from '../../../../src/pipeline/ports/body.js'

const never = new AbortController().signal
let server: Server | undefined
let store: S3Store | undefined
afterEach(async () => {
  store?.close()
  await new Promise((resolve) => (server === undefined ? resolve(0) : server.close(resolve)))
})

/** A server that answers each request with the first `sent` of the bytes that it announces, in pieces, and closes the connection. */
async function closing(announced: number, sent: number, headers: string): Promise<S3Store> {
  const listening = createServer((socket: Socket) => {
    socket.once('data', () => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${announced}\r\nETag: "e"\r\n${headers}\r\n`)
      for (let at = 0; at < sent; at += 65_536) socket.write(Buffer.alloc(Math.min(65_536, sent - at), 'x'))
      socket.end()
    })
  })
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const address = listening.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' }
  store = await openStore({ name: 'test', endpoint: `http://127.0.0.1:${address.port}`, ...keys }, { sockets: 5 })
  return store
}

/** Reads a body late, so that many bytes wait for the reader. */
async function readLate(from: S3Store): Promise<number> {
  const { body } = await from.get({ bucket: 'b', key: 'k', signal: never })
  await sleep(50)
  let came = 0
  for await (const chunk of asBody(body)) came += chunk.length
  return came
}

const KiB = 1024

/**
 * undici 7 ends the process when a connection closes while its answer waits for a slow reader (nodejs/undici#5360, fixed in 8, which needs
 * Node 22).
 */
describe('a server that closes the connection after its answer', () => {
  it.each([64, 128, 192, 256, 1_024, 4_096])('%d KiB arrive at a slow reader', async (size) => {
    const from = await closing(size * KiB, size * KiB, 'Connection: close\r\n')
    expect(await readLate(from)).toBe(size * KiB)
  })

  it.each([64, 128, 192, 256, 1_024])(
    'a body that ends early after %d KiB is a failure, not a crash of the process',
    async (size) => {
      const from = await closing(5_000 * KiB, size * KiB, 'Connection: close\r\n')
      await expect(readLate(from)).rejects.toMatchObject({ failure: { code: 'TruncatedBody', kind: 'transient' } })
    },
  )

  it.each([128, 256, 1_024])('a body of %d KiB on a connection that should have stayed open', async (size) => {
    const from = await closing(size * KiB, size * KiB, '')
    expect(await readLate(from)).toBe(size * KiB)
  })
})
