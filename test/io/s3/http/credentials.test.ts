import { describe, expect, it } from '@jest/globals'
import { Login } from '../../../../src/io/s3/http/credentials.js'
import type { Credentials, Identity } from '../../../../src/io/s3/http/sigv4.js'

const MINUTE = 60_000

/** A login whose keys are valid for so long (ms), and its clock. */
function valid(lifetime: number) {
  const world = { now: 0, fetched: 0, broken: false }
  const provide = (): Promise<Identity> => {
    world.fetched++
    if (world.broken) return Promise.reject(new Error('nobody answers'))
    const accessKeyId = `key ${world.fetched}`
    return Promise.resolve({ accessKeyId, secretAccessKey: 's', expiration: new Date(world.now + lifetime) })
  }
  return { world, login: new Login(provide, () => world.now) }
}

const hourly = () => valid(60 * MINUTE)

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('keys that expire', () => {
  it('are fetched once for any number of simultaneous requests, and then returned without waiting', async () => {
    const { login, world } = hourly()
    const all = await Promise.all([login.get(), login.get(), login.get()])
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key 1']))
    expect(login.get()).not.toBeInstanceOf(Promise)
    expect(world.fetched).toBe(1)
  })

  it('are fetched again five minutes before they expire, while the old ones are still used', async () => {
    const { login, world } = hourly()
    await login.get()
    world.now = 54 * MINUTE
    expect(login.get()).toMatchObject({ accessKeyId: 'key 1' })
    world.now = 56 * MINUTE
    expect(login.get()).toMatchObject({ accessKeyId: 'key 1' })
    await settle()
    expect(login.get()).toMatchObject({ accessKeyId: 'key 2' })
    expect(world.fetched).toBe(2)
  })

  it('and live for less than that are fetched again after half of their life, not for each request', async () => {
    const { login, world } = valid(4 * MINUTE)
    await login.get()
    world.now = 1.9 * MINUTE
    void login.get()
    await settle()
    expect(world.fetched).toBe(1)
    world.now = 2 * MINUTE
    void login.get()
    await settle()
    expect(login.get()).toMatchObject({ accessKeyId: 'key 2' })
  })

  it('sign a run of days without a gap', async () => {
    const { login, world } = hourly()
    for (; world.now < 3 * 24 * 60 * MINUTE; world.now += MINUTE) {
      const { expiration } = (await login.get()) as Identity
      expect(expiration?.getTime()).toBeGreaterThan(world.now)
      await settle()
    }
    expect(world.fetched).toBeLessThan(80)
  })

  it('that can’t be fetched early are used until they expire, and then fail with the reason', async () => {
    const { login, world } = hourly()
    await login.get()
    world.broken = true
    world.now = 59 * MINUTE
    expect(login.get()).toMatchObject({ accessKeyId: 'key 1' })
    await settle()
    world.now = 61 * MINUTE
    await expect(login.get()).rejects.toMatchObject({ failure: { code: 'CredentialsFailed', message: 'nobody answers' } })
    world.broken = false
    expect(await login.get()).toMatchObject({ accessKeyId: 'key 4' })
  })

  it('whose source does not answer are not asked for with each request', async () => {
    const { login, world } = hourly()
    await login.get()
    world.broken = true
    world.now = 56 * MINUTE
    for (let i = 0; i < 100; i++) {
      void login.get()
      await settle()
    }
    expect(world.fetched).toBe(2)
  })
})

describe('keys that the server reports as expired', () => {
  it('are replaced if there are others', async () => {
    const { login } = hourly()
    expect(await login.renew(await login.get())).toBe(true)
    expect(login.get()).toMatchObject({ accessKeyId: 'key 2' })
  })

  it('are replaced if only their token is another one', async () => {
    let issued = 0
    const provide = () => Promise.resolve({ accessKeyId: 'same', secretAccessKey: 's', sessionToken: `token ${++issued}` })
    const login = new Login(provide, () => 0)
    expect(await login.renew(await login.get())).toBe(true)
    expect(login.get()).toMatchObject({ sessionToken: 'token 2' })
  })

  it('are replaced once for all requests that were refused with them', async () => {
    const { login, world } = hourly()
    const refused = await login.get()
    expect(await Promise.all([login.renew(refused), login.renew(refused)])).toEqual([true, true])
    expect(await login.renew(refused)).toBe(true)
    expect(world.fetched).toBe(2)
  })

  it('are not replaced if there are no others', async () => {
    const own: Credentials = { accessKeyId: 'own', secretAccessKey: 's' }
    const login = new Login(
      () => Promise.resolve({ ...own }),
      () => 0,
    )
    expect(await login.renew(await login.get())).toBe(false)
  })
})
