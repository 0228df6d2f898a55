import { afterEach, describe, expect, it } from '@jest/globals'
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorXml, never, query, stage, type Stage } from '../http/server.js'

let on: Stage | undefined
afterEach(async () => {
  await on?.stop()
  on = undefined
})

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

const result = (inner: string): string =>
  `<?xml version="1.0"?><DeleteResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</DeleteResult>`
const gone = (key: string): string => `<Deleted><Key>${key}</Key></Deleted>`
const kept = (key: string, code: string): string =>
  `<Error><Key>${key}</Key><Code>${code}</Code><Message>${code} it is</Message></Error>`

/** A server that answers a batch with `answer`; single deletes succeed. */
async function server(answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void): Promise<Stage> {
  const staged = await stage((request, response) => {
    if (request.method === 'DELETE') response.writeHead(204).end()
    else void bodyOf(request).then((body) => answer(request, body, response))
  })
  on = staged
  return staged
}

const remove = ({ store }: Stage, ...keys: string[]) => store.deleteObjects({ bucket: 'b', keys, signal: never })

describe('deleting many', () => {
  it('needs one request, with its MD5 and escaped keys; each key’s outcome is returned', async () => {
    const bodies: string[] = []
    const staged = await server((request, body, response) => {
      bodies.push(body.toString())
      expect(request.headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'))
      expect(query(request).has('delete')).toBe(true)
      response.end(result(gone('a&amp;b&lt;') + kept('c', 'AccessDenied') + kept('d', 'InternalError') + kept('e', 'SlowDown')))
    })
    expect(await remove(staged, 'a&b<', 'c', 'd', 'e')).toEqual([
      {
        key: 'c',
        failure: {
          kind: 'permanent',
          operation: 'DeleteObjects',
          code: 'AccessDenied',
          message: 'AccessDenied it is',
          reason: 'denied',
        },
      },
      { key: 'd', failure: expect.objectContaining({ kind: 'transient', code: 'InternalError' }) },
      { key: 'e', failure: expect.objectContaining({ kind: 'throttled', code: 'SlowDown' }) },
    ])
    expect(bodies[0]).toContain('<Key>a&amp;b&lt;</Key>')
    expect(staged.requests).toHaveLength(1)
  })

  it.each([
    ['ServiceUnavailable', 'transient', 'ServiceUnavailable'],
    ['XAmzContentChecksumMismatch', 'transient', 'BadDigest'],
    ['ThrottlingException', 'throttled', 'ThrottlingException'],
  ])('a key that failed with %s is tried again', async (told, kind, code) => {
    const staged = await server((_request, _body, response) => response.end(result(kept('a', told))))
    expect(await remove(staged, 'a')).toMatchObject([{ key: 'a', failure: { kind, code } }])
  })

  it('a key that no longer exists counts as deleted', async () => {
    const staged = await server((_request, _body, response) => response.end(result(kept('a', 'NoSuchKey'))))
    expect(await remove(staged, 'a')).toEqual([])
  })

  it('a key that the answer omits does not count as deleted', async () => {
    const staged = await server((_request, _body, response) => response.end(result(gone('a'))))
    expect(await remove(staged, 'a', 'b')).toMatchObject([{ key: 'b', failure: { code: 'NotAnswered', kind: 'transient' } }])
  })

  it.each([
    ['no result at all', '<html>welcome</html>'],
    ['a cut answer', result(gone('a')).slice(0, 20)],
    ['a key that nobody asked about', result(gone('z'))],
  ])('%s is a failure that a retry may resolve', async (_what, text) => {
    const staged = await server((_request, _body, response) => response.end(text))
    await expect(remove(staged, 'a')).rejects.toMatchObject({ failure: { code: 'MalformedAnswer', kind: 'transient' } })
  })

  it('keys that XML can’t contain are deleted one by one', async () => {
    const staged = await server((_request, _body, response) => response.end(result(gone('plain'))))
    expect(await remove(staged, 'bell\u0007', 'plain', 'line\n')).toEqual([])
    expect(staged.requests.map((line) => line.split('?')[0]).sort()).toEqual([
      'DELETE /b/bell%07',
      'DELETE /b/line%0A',
      'POST /b',
    ])
  })

  it.each([501, 405])('a server without batches (%i) gets one request for each key from then on', async (status) => {
    const staged = await server((_request, _body, response) =>
      response.writeHead(status).end(errorXml(status === 501 ? 'NotImplemented' : 'MethodNotAllowed')),
    )
    expect(await remove(staged, 'a', 'b')).toEqual([])
    expect(await remove(staged, 'c')).toEqual([])
    expect(staged.requests.map((line) => line.split('?')[0])).toEqual(['POST /b', 'DELETE /b/a', 'DELETE /b/b', 'DELETE /b/c'])
  })

  it('a denied batch fails as a whole', async () => {
    const staged = await server((_request, _body, response) => response.writeHead(403).end(errorXml('AccessDenied')))
    await expect(remove(staged, 'a')).rejects.toMatchObject({ failure: { code: 'AccessDenied', kind: 'permanent' } })
  })
})
