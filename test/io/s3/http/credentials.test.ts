import { describe, expect, it } from '@jest/globals'
import { Login } from '../../../../src/io/s3/http/credentials.js'
import type { Identity } from '../../../../src/io/s3/http/sigv4.js'

const MINUTE = 60_000

/** A login whose keys live for an hour, and the clock it goes by. */
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

describe('keys that end', () => {
  it('are fetched once, however many ask at once, and then told without waiting', async () => {
    const { login, world } = hourly()
    const all = await Promise.all([login.get(), login.get(), login.get()])
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['key 1']))
    expect(login.get()).not.toBeInstanceOf(Promise)
    expect(world.fetched).toBe(1)
  })

  it('are fetched anew five minutes before their end, while the old ones go on', async () => {
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

  it('serve a run of days without a gap', async () => {
    const { login, world } = hourly()
    for (; world.now < 3 * 24 * 60 * MINUTE; world.now += MINUTE) {
      const { expiration } = (await login.get()) as Identity
      expect(expiration?.getTime()).toBeGreaterThan(world.now)
      await settle()
    }
    expect(world.fetched).toBeLessThan(80)
  })

  it('that can’t be fetched early are good to their end, and fail then with the reason', async () => {
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

describe('keys that the server calls expired', () => {
  it('are replaced where there are others', async () => {
    const { login } = hourly()
    await login.get()
    expect(await login.renew()).toBe(true)
    expect(login.get()).toMatchObject({ accessKeyId: 'key 2' })
  })

  it('are not where there are only these', async () => {
    const login = new Login(
      () => Promise.resolve({ accessKeyId: 'own', secretAccessKey: 's' }),
      () => 0,
    )
    await login.get()
    expect(await login.renew()).toBe(false)
  })
})
