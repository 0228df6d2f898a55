import { describe, expect, it } from '@jest/globals'
import { STEPS } from '../../src/doctor/checks.js'
import { attempt, judge, judged, refusal } from '../../src/doctor/verdict.js'
import { clock, isAnswer } from '../../src/doctor/reachability.js'
import { lostHeaders } from '../../src/doctor/metadata-checks.js'
import { type Failure, type FailureKind, StoreError } from '../../src/pipeline/ports/failure.js'
import { CHECKS } from '../../src/doctor/report.js'

const failure = (code: string, kind: FailureKind, status?: number): Failure => ({
  ...{ operation: 'GetObject', code, kind, message: 'words' },
  ...(status === undefined ? {} : { status }),
})
const failing = (told: Failure) => (): Promise<never> => Promise.reject(new StoreError(told))

/** A refusal is an answer to what was asked; what another attempt may change is none. */
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

describe('a failure', () => {
  it.each(FAILURES)('%j is %s', (told, verdict, detail) => {
    expect(judged(told)).toEqual({ verdict, detail })
  })

  it.each(FAILURES)('%j, of what a check asks, is its finding', async (told, verdict, detail) => {
    expect(await judge('acl', failing(told))).toEqual({ check: 'acl', verdict, detail })
  })

  it('that is a call being called off is none, nor is a mistake of ours', async () => {
    await expect(judge('acl', failing(failure('Aborted', 'permanent')))).rejects.toThrow('Aborted')
    await expect(attempt(() => Promise.reject(new Error('a mistake')))).rejects.toThrow('a mistake')
  })
})

describe('what should be refused', () => {
  it.each([
    ['is taken', () => Promise.resolve('taken'), undefined],
    ['is refused', failing(failure('PreconditionFailed', 'changed', 412)), 412],
    ['is refused by what another attempt would cure', failing(failure('BadDigest', 'transient', 400)), 400],
  ])('%s', async (_, ask, status) => {
    expect((await refusal(ask))?.status).toBe(status)
  })

  it('and was not answered is not known', async () => {
    await expect(refusal(failing(failure('InternalError', 'transient', 500)))).rejects.toThrow('InternalError')
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
  ] as const)('%s ms off is %s', (skewMs, verdict, detail) => {
    expect(clock({ skewMs, tookMs: 1, server: undefined })).toEqual({ verdict, detail })
  })
})

describe('someone is there', () => {
  it.each([
    [failure('AccessDenied', 'permanent', 403), true],
    [failure('NotImplemented', 'transient', 501), true],
    [failure('InternalError', 'transient', 500), false],
    [failure('SlowDown', 'throttled', 503), false],
    [failure('ConnectionRefused', 'transient'), false],
  ])('by %j: %s', (told, there) => {
    expect(isAnswer({ failure: told })).toBe(there)
  })
})

it('lost headers are named as HTTP writes them', () => {
  expect(lostHeaders({ contentType: 'a', cacheControl: 'c' }, { contentType: 'b', expires: 'e', cacheControl: 'c' })).toEqual([
    'content-type',
    'expires',
  ])
})

it('every check is made once, in the order of the list, the first five at the door', () => {
  expect(STEPS.flatMap(({ checks }) => checks)).toEqual(CHECKS.slice(5))
})
