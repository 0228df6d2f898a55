import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { text } from 'node:stream/consumers'
import type { S3Store } from '../../src/io/s3/store.js'
import { openStore } from '../../src/io/s3/store.js'
import { asBody } from '../../src/pipeline/ports/body.js'
import { Oracle, regionOf, type TestServer, testServers } from '../support/servers.js'
import { objectStoreContract } from './object-store.js'

const never = new AbortController().signal

/** A store on a server, the plain SDK on the same server, and a function that ends both. */
async function open(server: TestServer) {
  const running = await server.open()
  const { origin, username, password } = new URL(running.url)
  const keys = { accessKeyId: username, secretAccessKey: password }
  const store = await openStore({ name: server.name, endpoint: origin, region: regionOf(running.url), ...keys }, { sockets: 20 })
  const oracle = new Oracle(running.url)
  const close = async (): Promise<void> => {
    store.close()
    oracle.client.destroy()
    await running.stop()
  }
  return { store, oracle, close }
}

for (const server of testServers()) {
  objectStoreContract(`S3 on ${server.name}`, () => open(server), server.traits)

  describe(`S3 on ${server.name} and the SDK: each reads what the other writes`, () => {
    const MiB = 2 ** 20
    const keys = ['plain', 'with space', 'a+b', 'ü/ß 🚀', '%20&<>', "it's (one)*!"]
    let [store, oracle, bucket, close]: [S3Store | undefined, Oracle | undefined, string, () => Promise<void>] = [
      ...([undefined, undefined, ''] as const),
      () => Promise.resolve(),
    ]
    const both = (): { store: S3Store; oracle: Oracle } => {
      if (store === undefined || oracle === undefined) throw new Error('not open')
      return { store, oracle }
    }
    beforeAll(async () => {
      ;({ store, oracle, close } = await open(server))
      bucket = await oracle.bucketWith({})
    })
    afterAll(() => close())

    it.each(keys)('an object %j, written by the store', async (key) => {
      const { store, oracle } = both()
      const attributes = { contentType: 'text/x-test', metadata: { name: 'plain value' } }
      const body = Buffer.from(`content of ${key}`)
      const { etag } = await store.put({ bucket, key, body, size: body.length, attributes, signal: never })
      const read = await oracle.get(bucket, key)
      expect(read.bytes.toString()).toBe(`content of ${key}`)
      expect(read).toMatchObject({ ETag: `"${etag}"`, ContentType: 'text/x-test', Metadata: { name: 'plain value' } })
    })

    it.each(keys)('an object %j, written by the SDK', async (key) => {
      const { store, oracle } = both()
      const there = { Body: `there: ${key}`, ContentType: 'text/x-there', Metadata: { by: 'the SDK' } }
      await oracle.put(bucket, key, there)
      const { body, size, etag, attributes } = await store.get({ bucket, key, gather: 1000, signal: never })
      expect(await text(asBody(body))).toBe(there.Body)
      expect(attributes).toMatchObject({ contentType: 'text/x-there', metadata: { by: 'the SDK' } })
      const read = await oracle.get(bucket, key)
      expect([size, `"${etag}"`]).toEqual([read.ContentLength, read.ETag])
    })

    it('an object in parts, written by both: the same bytes, the same ETag', async () => {
      const { store, oracle } = both()
      const bytes = Buffer.alloc(11 * MiB, 'parts')
      await oracle.putInParts(bucket, 'there', bytes, 5 * MiB)
      const { uploadId } = await store.multipart.createUpload({
        bucket,
        key: 'here',
        attributes: { metadata: {} },
        signal: never,
      })
      const parts = []
      for (const number of [1, 2, 3]) {
        const body = bytes.subarray((number - 1) * 5 * MiB, number * 5 * MiB)
        parts.push(
          await store.multipart.uploadPart({
            bucket,
            key: 'here',
            uploadId,
            number,
            start: 0,
            body,
            size: body.length,
            signal: never,
          }),
        )
      }
      await store.multipart.completeUpload({ bucket, key: 'here', uploadId, parts, signal: never })
      const [here, there] = [await oracle.get(bucket, 'here'), await oracle.get(bucket, 'there')]
      expect(here.bytes.equals(bytes)).toBe(true)
      expect([here.ETag, here.ContentLength]).toEqual([there.ETag, there.ContentLength])
    })

    it('the listing', async () => {
      const { store, oracle } = both()
      const entries = []
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const page = await store.listPage({
          bucket,
          prefix: '',
          limit: 3,
          ...(token === undefined ? {} : { token }),
          signal: never,
        })
        entries.push(...page.entries)
        token = page.next
      }
      expect(entries.map(({ key }) => key).sort()).toEqual(await oracle.keys(bucket))
      expect(entries.length).toBeGreaterThanOrEqual(keys.length)
    })
  })
}
