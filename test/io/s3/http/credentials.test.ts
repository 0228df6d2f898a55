import { describe, expect, it } from '@jest/globals'
import { Login } from '../../../../src/io/s3/http/credentials.js'
import type { Identity } from '../../../../src/io/s3/http/sigv4.js'

const MINUTE = 60_000

/** A login whose keys are valid for an hour, and its clock. */
function hourly() {
  const world = { now: 0, fetched: 0, broken: false }
  const provide = (): Promise<Identity> => {
    if (world.broken) return Promise.reject(new Error('nobody answers'))
    const accessKeyId = `key ${++world.fetched}`
    return Promise.resolve({ accessKeyId, secretAccessKey: 's', expiration: new Date(world.now + 60 * MINUTE) })
  }
  return { world, login: new Login(provide, () => world.now) }
}

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
    await expect(login.get()).rejects.toMatchObject({ failure: { code: 'CredentialsMissing', message: 'nobody answers' } })
    world.broken = false
    expect(await login.get()).toMatchObject({ accessKeyId: 'key 2' })
  })
})

describe('keys that the server reports as expired', () => {
  it('are replaced if there are others', async () => {
    const { login } = hourly()
    await login.get()
    expect(await login.renew()).toBe(true)
    expect(login.get()).toMatchObject({ accessKeyId: 'key 2' })
  })

  it('are not replaced if there are no others', async () => {
    const login = new Login(
      () => Promise.resolve({ accessKeyId: 'own', secretAccessKey: 's' }),
      () => 0,
    )
    await login.get()
    expect(await login.renew()).toBe(false)
  })
})
