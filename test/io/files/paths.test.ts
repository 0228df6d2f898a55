import { describe, expect, it } from '@jest/globals'
import { resolveUserPath, statePaths } from '../../../src/io/files/paths.js'
import { runId } from '../../../src/io/files/run-id.js'

describe('the paths of the tool’s state', () => {
  const cases: readonly [given: string, env: Record<string, string>, temp: string, keyFile: string][] = [
    ['nothing set', {}, '/home/me/.local/state/s3-sync', '/home/me/.config/s3-sync/key'],
    ['OpsKit’s directory', { OPSKIT_TOOL_TEMP_DIR: '/opskit/t' }, '/opskit/t', '/home/me/.config/s3-sync/key'],
    ['XDG directories', { XDG_STATE_HOME: '/state', XDG_CONFIG_HOME: '/conf' }, '/state/s3-sync', '/conf/s3-sync/key'],
    ['both', { OPSKIT_TOOL_TEMP_DIR: '/opskit/t', XDG_STATE_HOME: '/state' }, '/opskit/t', '/home/me/.config/s3-sync/key'],
    [
      'empty ones',
      { OPSKIT_TOOL_TEMP_DIR: '', XDG_STATE_HOME: '' },
      '/home/me/.local/state/s3-sync',
      '/home/me/.config/s3-sync/key',
    ],
    [
      'relative XDG directories, which don’t count',
      { XDG_STATE_HOME: 'state', XDG_CONFIG_HOME: './conf' },
      '/home/me/.local/state/s3-sync',
      '/home/me/.config/s3-sync/key',
    ],
  ]
  it.each(cases)(
    'given %s, then connections and locks are in one directory and the key is in another',
    (_, env, temp, keyFile) => {
      expect(statePaths(env, '/home/me')).toEqual({
        temp,
        connections: `${temp}/connections.json`,
        locks: `${temp}/locks`,
        runs: `${temp}/runs`,
        rates: `${temp}/rates.json`,
        keyFile,
      })
    },
  )
})

describe('a path that the user typed', () => {
  it.each([
    ['out.json', { OPSKIT_WORKING_DIR: '/here' }, '/here/out.json'],
    ['out.json', {}, '/cwd/out.json'],
    ['out.json', { OPSKIT_WORKING_DIR: '' }, '/cwd/out.json'],
    ['../out.json', { OPSKIT_WORKING_DIR: '/here/there' }, '/here/out.json'],
    ['/abs/out.json', { OPSKIT_WORKING_DIR: '/here' }, '/abs/out.json'],
  ])('given %s with %j, then it is %s', (typed, env, resolved) => {
    expect(resolveUserPath(typed, env, '/cwd')).toBe(resolved)
  })
})

describe('a run’s id', () => {
  it('given a time and a random number, then it contains both, in UTC', () => {
    const began = Date.UTC(2026, 10, 23, 21, 30, 5)
    expect(runId(began, () => 0.5)).toBe('20261123-213005-8000')
    expect(runId(began, () => 0)).toBe('20261123-213005-0000')
    expect(runId(began, () => 1 - 2 ** -32)).toBe('20261123-213005-ffff')
  })

  it('given runs one after the other, then their ids have the same order', () => {
    const times = [Date.UTC(2026, 8, 30, 23, 59, 59), Date.UTC(2026, 9, 1), Date.UTC(2026, 9, 1, 0, 0, 1), Date.UTC(2027, 0, 1)]
    const ids = times.map((time) => runId(time, () => 0.3))
    expect([...ids].sort()).toEqual(ids)
  })
})
