import { describe, expect, it } from '@jest/globals'
import { STEPS } from '../../src/doctor/checks.js'
import { outcomeOf, runCheck, resultOf, expectRefusal } from '../../src/doctor/verdict.js'
import { clockResult, isAnswered } from '../../src/doctor/reachability.js'
import { lostHeaders } from '../../src/doctor/metadata-checks.js'
import { type Failure, type FailureKind, StoreError } from '../../src/pipeline/ports/failure.js'
import { CHECKS } from '../../src/doctor/report.js'

const failure = (code: string, kind: FailureKind, status?: number): Failure => ({
  ...{ operation: 'GetObject', code, kind, message: 'words' },
  ...(status === undefined ? {} : { status }),
})
const failing = (reason: Failure) => (): Promise<never> => Promise.reject(new StoreError(reason))

/** A refusal answers the check; a failure that a retry may change does not. */
const FAILURES = [
  [failure('AccessDenied', 'permanent', 403), 'no', 'GetObject: 403 AccessDenied'],
  [failure('InvalidArgument', 'permanent', 400), 'no', 'GetObject: 400 InvalidArgument'],
  [failure('NoSuchBucket', 'fatal', 404), 'no', 'GetObject: 404 NoSuchBucket'],
  [failure('NotImplemented', 'transient', 501), 'no', 'GetObject: 501 NotImplemented'],
  [failure('Http404', 'permanent', 404), 'no', 'GetObject: Http404'],
  [failure('ClientError', 'permanent'), 'no', 'GetObject: the answer is about something else'],
  [failure('InternalError', 'transient', 500), 'unknown', 'GetObject: 500 InternalError'],
  [failure('SlowDown', 'throttled', 503), 'unknown', 'GetObject: 503 SlowDown'],
  [failure('ConnectionReset', 'transient'), 'unknown', 'GetObject: ConnectionReset'],
] as const

describe('a failed request', () => {
  it.each(FAILURES)('%j gives the verdict %s', (reason, verdict, detail) => {
    expect(resultOf(reason)).toEqual({ verdict, detail })
  })

  it.each(FAILURES)('%j is the finding of its check', async (reason, verdict, detail) => {
    expect(await runCheck('acl', failing(reason))).toEqual({ check: 'acl', verdict, detail })
  })

  it('throws when it was cancelled, and on an internal error', async () => {
    await expect(runCheck('acl', failing(failure('Aborted', 'permanent')))).rejects.toThrow('Aborted')
    await expect(outcomeOf(() => Promise.reject(new Error('internal')))).rejects.toThrow('internal')
  })
})

describe('a request that should be refused', () => {
  it.each([
    ['is accepted', () => Promise.resolve('accepted'), undefined],
    ['is refused', failing(failure('PreconditionFailed', 'changed', 412)), 412],
    ['is refused with a transient error', failing(failure('BadDigest', 'transient', 400)), 400],
  ])('%s', async (_, ask, status) => {
    expect((await expectRefusal(ask))?.status).toBe(status)
  })

  it('throws when the server did not answer', async () => {
    await expect(expectRefusal(failing(failure('InternalError', 'transient', 500)))).rejects.toThrow('InternalError')
  })
})

describe('the clock', () => {
  it.each([
    [undefined, 'unknown', 'the server sends no time'],
    [0, 'yes', 'in sync'],
    [4_400, 'yes', 'in sync'],
    [-5_000, 'partly', "the server's is 5 s behind"],
    [899_000, 'partly', "the server's is 899 s ahead"],
    [900_000, 'no', "the server's is 900 s ahead"],
    [-86_400_000, 'no', "the server's is 86400 s behind"],
  ] as const)('%s ms off is %s', (clockSkewMs, verdict, detail) => {
    expect(clockResult({ clockSkewMs, durationMs: 1, server: undefined })).toEqual({ verdict, detail })
  })
})

describe('whether the server answers', () => {
  it.each([
    [failure('AccessDenied', 'permanent', 403), true],
    [failure('NotImplemented', 'transient', 501), true],
    [failure('InternalError', 'transient', 500), false],
    [failure('SlowDown', 'throttled', 503), false],
    [failure('ConnectionRefused', 'transient'), false],
  ])('with %j: %s', (reason, expected) => {
    expect(isAnswered({ failure: reason })).toBe(expected)
  })
})

it('lost headers are named as HTTP writes them', () => {
  expect(lostHeaders({ contentType: 'a', cacheControl: 'c' }, { contentType: 'b', expires: 'e', cacheControl: 'c' })).toEqual([
    'content-type',
    'expires',
  ])
})

it('every check is made once, in the order of the list; the preflight makes the first five', () => {
  expect(STEPS.flatMap(({ checks }) => checks)).toEqual(CHECKS.slice(5))
})
