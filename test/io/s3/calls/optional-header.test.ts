import { describe, expect, it } from '@jest/globals'
import { OptionalHeader } from '../../../../src/io/s3/calls/optional-header.js'
import { StoreError } from '../../../../src/pipeline/ports/failure.js'

const refusal = (status: number, message: string, code = 'InvalidArgument'): StoreError =>
  new StoreError({ kind: 'permanent', operation: 'GetObject', code, status, message })

/** Sends `count` requests to a server that fails with `error` if it sees the header; returns the headers of each request. */
async function requestsTo(error: (hasHeader: boolean) => StoreError | undefined, count = 2) {
  const sent: string[] = []
  const notices: string[] = []
  const header = new OptionalHeader('x-amz-checksum-mode', 'ENABLED', 'something is missing', (code) => notices.push(code))
  const failures: unknown[] = []
  for (let i = 0; i < count; i++) {
    await header
      .send((headers) => {
        sent.push(headers.join(' '))
        const failed = error(headers.length > 0)
        return failed === undefined ? Promise.resolve('answer') : Promise.reject(failed)
      })
      .catch((failure: unknown) => failures.push(failure))
  }
  return { sent, notices, failures }
}

describe('an optional header', () => {
  it('is sent while the server takes it', async () => {
    const { sent, notices } = await requestsTo(() => undefined)
    expect(sent).toEqual(['x-amz-checksum-mode ENABLED', 'x-amz-checksum-mode ENABLED'])
    expect(notices).toEqual([])
  })

  it.each([
    ['Backblaze B2 names it', refusal(400, "Unsupported header 'x-amz-checksum-mode' received for this API call.")],
    ['501', refusal(501, 'A header you provided implies functionality that is not implemented', 'NotImplemented')],
    ['a HEAD that is refused without a word', refusal(400, 'the server answered 400', 'BadRequest')],
  ])('is dropped at its first refusal, and the user is told once: %s', async (_, error) => {
    const { sent, notices, failures } = await requestsTo((hasHeader) => (hasHeader ? error : undefined), 3)
    expect(sent).toEqual(['x-amz-checksum-mode ENABLED', '', '', ''])
    expect(notices).toEqual(['HeaderRefused'])
    expect(failures).toEqual([])
  })

  it('stays when the request fails without it as well: something else was refused', async () => {
    const { sent, notices, failures } = await requestsTo(() => refusal(501, 'no such operation', 'NotImplemented'))
    expect(sent).toEqual(['x-amz-checksum-mode ENABLED', '', 'x-amz-checksum-mode ENABLED', ''])
    expect(notices).toEqual([])
    expect(failures).toHaveLength(2)
  })

  it('is not blamed for other failures', async () => {
    const { sent } = await requestsTo(() => refusal(403, 'x-amz-checksum-mode', 'AccessDenied'), 1)
    expect(sent).toHaveLength(1)
  })
})
