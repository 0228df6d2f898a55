import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { FaultProxy, SLOW_DOWN, type Fault } from './fault-proxy.js'
import { Oracle } from './servers.js'
import { startEmbedded } from './fauxqs.js'
import { until } from './until.js'

const isGet = ({ operation }: { operation: string }): boolean => operation === 'GetObject'

let server: Awaited<ReturnType<typeof startEmbedded>>
let proxy: FaultProxy
let bucket: string

beforeEach(async () => {
  server = await startEmbedded()
  proxy = await FaultProxy.start(server.url)
  bucket = await new Oracle(server.url).bucketWith({ 'a key': '0123456789', other: 'other' })
})

afterEach(async () => {
  await proxy.stop()
  await server.stop()
})

/** A plain GET without retries: status and body, or the name of the network failure. */
async function get(key: string, timeoutMs = 30_000): Promise<string> {
  const { origin } = new URL(proxy.url)
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await fetch(`${origin}/${bucket}/${encodeURIComponent(key)}`, { signal })
    return `${answer.status} ${await answer.text()}`
  } catch {
    return signal.aborted ? 'timeout' : 'broken connection'
  }
}

describe('given no rule', () => {
  it('passes signed requests and answers unchanged, odd keys included, and counts them by operation', async () => {
    const oracle = new Oracle(proxy.url)
    await oracle.put(bucket, 'x//../ü+%20', { Body: 'bytes', Metadata: { note: 'n' } })
    expect(await oracle.get(bucket, 'x//../ü+%20')).toMatchObject({ bytes: Buffer.from('bytes'), Metadata: { note: 'n' } })
    expect(Object.fromEntries(proxy.counts)).toEqual({ PutObject: 1, GetObject: 1 })
  })

  it('passes the Host header unchanged', async () => {
    const hosts: (string | undefined)[] = []
    const echo = createServer((request, response) => {
      hosts.push(request.headers.host)
      response.end()
    })
    await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve))
    const address = echo.address()
    const inFront = await FaultProxy.start(`http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`)
    await (await fetch(inFront.url)).text()
    expect(hosts).toEqual([new URL(inFront.url).host])
    await inFront.stop()
    await new Promise((resolve) => echo.close(resolve))
  })
})

describe('given a rule for GetObject', () => {
  const table: [Fault, string | RegExp][] = [
    [SLOW_DOWN, /^503 .*<Code>SlowDown<\/Code>/],
    [{ kind: 'reset' }, 'broken connection'],
    [{ kind: 'cut' }, 'broken connection'],
    [{ kind: 'stall' }, 'timeout'],
    [{ kind: 'silence' }, 'timeout'],
    [{ kind: 'delay', ms: 30 }, '200 0123456789'],
  ]
  it.each(table)('%j answers %s', async (fault, expected) => {
    proxy.rules = [{ fault, when: isGet }]
    expect(await get('a key', 300)).toMatch(expected)
    expect(proxy.faults.get(fault.kind)).toBe(1)
  })

  it('times: 2 lets the third request through', async () => {
    proxy.rules = [{ fault: SLOW_DOWN, times: 2 }]
    expect([await get('other'), await get('other'), await get('other')].map((text) => text.slice(0, 3))).toEqual([
      '503',
      '503',
      '200',
    ])
  })

  it('when: one key fails and the other one does not', async () => {
    proxy.rules = [{ fault: SLOW_DOWN, when: ({ key }) => key === 'a key' }]
    expect(await get('a key')).toMatch(/^503/)
    expect(await get('other')).toBe('200 other')
  })

  it('nth: 2 applies the fault once to every connection, at its second request', async () => {
    proxy.rules = [{ fault: SLOW_DOWN, nth: 2 }]
    const { port } = new URL(proxy.url)
    const onOneConnection = async (): Promise<string[]> => {
      const socket = connect(Number(port), '127.0.0.1')
      const request = `HEAD /${bucket}/other HTTP/1.1\r\nhost: here\r\n\r\n`
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      const statuses = (): string[] => text.match(/(?<=HTTP\/1.1 )\d{3}/g) ?? []
      for (const many of [1, 2, 3]) {
        socket.write(request)
        await until(`answer ${many}`, () => statuses().length === many)
      }
      socket.destroy()
      return statuses()
    }
    expect([await onOneConnection(), await onOneConnection()]).toEqual(Array(2).fill(['200', '503', '200']))
  })

  it('share: 0.3 affects about that share, the same requests for the same seed', async () => {
    const pattern = async (): Promise<string> => {
      const again = await FaultProxy.start(server.url, { seed: 7 })
      again.rules = [{ fault: SLOW_DOWN, share: 0.3 }]
      let answers = ''
      for (let i = 0; i < 100; i++) answers += (await fetch(`${new URL(again.url).origin}/${bucket}/other`)).ok ? '.' : 'x'
      await again.stop()
      return answers
    }
    const first = await pattern()
    expect(await pattern()).toBe(first)
    expect(first.replaceAll('.', '').length).toBeGreaterThan(15)
    expect(first.replaceAll('.', '').length).toBeLessThan(45)
  })
})

it('onRequest can change the object before the request is forwarded', async () => {
  const oracle = new Oracle(server.url)
  proxy.onRequest = () => oracle.put(bucket, 'other', 'changed')
  expect(await get('other')).toBe('200 changed')
})

it('rename: an object written under one key exists under another', async () => {
  proxy.rename = (path) => path.replace('//', '/')
  await new Oracle(proxy.url).put(bucket, 'x//y', 'folded')
  expect(await new Oracle(server.url).keys(bucket)).toEqual(['a key', 'other', 'x/y'])
})

it('given an outage, connections are refused, and after it the same port answers again', async () => {
  const refused = (): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(Number(new URL(proxy.url).port), '127.0.0.1')
      socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
      socket.on('connect', () => {
        socket.destroy()
        resolve('connected')
      })
    })
  await proxy.refuse()
  expect(await refused()).toBe('ECONNREFUSED')
  await proxy.accept()
  expect(await get('other')).toBe('200 other')
})
