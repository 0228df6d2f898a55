import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { acquireLock, LockTimeout, withLock } from '../../../src/io/files/lock.js'
import { thisProcess } from '../../../src/io/files/processes.js'
import { until } from '../../support/until.js'
import { runChildren } from './children.js'
import { temporaryDirectory } from './directory.js'

const directory = temporaryDirectory()
const lockPath = (): string => join(directory.path, 'locks', 'pair.lock')

/** The pid of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid
}

function leaveLock(content: object | string): void {
  acquireLock(lockPath(), 'makes the directory')
  writeFileSync(lockPath(), typeof content === 'string' ? content : JSON.stringify(content))
}

describe('a lock', () => {
  it('given a free lock, when it is acquired, then it is held, in a private file of a private directory', () => {
    expect(acquireLock(lockPath(), 'run-1').held).toBe(true)
    expect(statSync(lockPath()).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory.path, 'locks')).mode & 0o777).toBe(0o700)
  })

  it('given a live holder, when another process asks, then it learns what the holder does', () => {
    acquireLock(lockPath(), 'run-1')
    expect(acquireLock(lockPath(), 'run-2')).toEqual({ held: false, by: 'run-1' })
  })

  it('given it was released, when another asks, then it gets the lock, and no file is left at the end', () => {
    for (const run of ['run-1', 'run-2']) {
      const lock = acquireLock(lockPath(), run)
      expect(lock.held).toBe(true)
      if (lock.held) lock.release()
    }
    expect(readdirSync(join(directory.path, 'locks'))).toEqual([])
  })

  it.each([
    ['its process has ended', (): object => ({ ...thisProcess(), pid: deadPid(), began: '1' })],
    ['its pid belongs to a process that began at another time', (): object => ({ ...thisProcess(), began: '1' })],
  ])('given a stale lock, %s: then it is taken over and no other file is left', (_, who) => {
    leaveLock({ ...who(), purpose: 'old run', token: '0123' })
    const lock = acquireLock(lockPath(), 'new run')
    expect(lock.held).toBe(true)
    expect(readdirSync(join(directory.path, 'locks'))).toEqual(['pair.lock'])
    if (lock.held) lock.release()
    expect(existsSync(lockPath())).toBe(false)
  })

  const onLinux = process.platform === 'linux' ? it : it.skip
  onLinux(
    'given its process was killed and nobody asked how it ended, as in a container without an init: then it is taken over',
    async () => {
      // The shell becomes a program that never waits for its children; then its child, which reads what the test writes, exits.
      const parent = spawn('/bin/sh', ['-c', 'exec 3<&0; cat <&3 >/dev/null & echo $!; exec sleep 300'], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      try {
        let told = ''
        parent.stdout.on('data', (chunk: Buffer) => (told += chunk.toString()))
        await until('its pid is told', () => told.includes('\n'))
        const pid = Number(told)
        const stat = (): string => readFileSync(`/proc/${pid}/stat`, 'utf8')
        await until('the shell has become another program', () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n')
        parent.stdin.end()
        await until('the child has ended', () => stat().includes(') Z '))
        leaveLock({ ...thisProcess(), pid, began: stat().split(' ')[21], purpose: 'killed run', token: '0123' })
        expect(acquireLock(lockPath(), 'new run').held).toBe(true)
      } finally {
        parent.kill('SIGKILL')
      }
    },
  )

  it.each(['', '{"pid":', '{"pid":1}'])('given a file without a complete owner (%j): then it is taken over', (content) => {
    leaveLock(content)
    expect(acquireLock(lockPath(), 'new run').held).toBe(true)
  })

  it('given the holder is on another machine: then it counts as alive', () => {
    leaveLock({ ...thisProcess(), host: 'elsewhere', pid: deadPid(), purpose: 'run there', token: '0123' })
    expect(acquireLock(lockPath(), 'run here')).toEqual({ held: false, by: 'run there' })
  })

  it('given a process died while it took over a dead lock: then both are taken over', () => {
    const dead = { ...thisProcess(), pid: deadPid(), began: '1' }
    leaveLock({ ...dead, purpose: 'old run', token: 'aa' })
    writeFileSync(`${lockPath()}.aa.dead`, JSON.stringify({ ...dead, purpose: 'its heir', token: 'bb' }))
    expect(acquireLock(lockPath(), 'new run').held).toBe(true)
    expect(readdirSync(join(directory.path, 'locks'))).toEqual(['pair.lock'])
  })

  it('given a live process takes over a dead lock, when another asks, then it learns of that process', () => {
    leaveLock({ ...thisProcess(), pid: deadPid(), began: '1', purpose: 'old run', token: 'aa' })
    acquireLock(`${lockPath()}.aa.dead`, 'the heir')
    expect(acquireLock(lockPath(), 'run-2')).toEqual({ held: false, by: 'the heir' })
  })

  it('given the holder released it and another took it, when the first releases again, then the second keeps it', () => {
    const first = acquireLock(lockPath(), 'run-1')
    if (first.held) first.release()
    acquireLock(lockPath(), 'run-2')
    if (first.held) first.release()
    expect(acquireLock(lockPath(), 'run-3')).toEqual({ held: false, by: 'run-2' })
  })
})

describe('work under a lock', () => {
  it('given several processes with the same work, then only one works at a time', async () => {
    let inside = 0
    const work = (): number => {
      expect(++inside).toBe(1)
      return inside--
    }
    await Promise.all(Array.from({ length: 10 }, () => withLock(lockPath(), 5_000, work)))
  })

  it('given work that throws, then the error is thrown and the lock is free', async () => {
    const broken = withLock(lockPath(), 0, () => {
      throw new Error('broken')
    })
    await expect(broken).rejects.toThrow('broken')
    expect(acquireLock(lockPath(), 'next').held).toBe(true)
  })

  it('given a process that keeps the lock, then the wait ends with an error that names it', async () => {
    acquireLock(lockPath(), 'a long run')
    const waited = withLock(lockPath(), 50, () => 'never')
    await expect(waited).rejects.toThrow(LockTimeout)
    await expect(waited).rejects.toMatchObject({ path: lockPath(), by: 'a long run' })
  })

  it('given several processes, some of which die while they hold the lock, then no two work at once', async () => {
    const counter = join(directory.path, 'counter')
    writeFileSync(counter, '0')
    // Every process adds 1 several times. Every third time it leaves the lock as a killed process does: not released, with a dead owner.
    const script = `
      import { readFileSync, writeFileSync } from 'node:fs'
      import { withLock } from '../../../src/io/files/lock.js'
      const [lock, counter] = ${JSON.stringify([lockPath(), counter])}
      for (let turn = 1; turn <= 40; turn++) {
        await withLock(lock, 30_000, () => {
          writeFileSync(counter, String(Number(readFileSync(counter, 'utf8')) + 1))
          if (turn % 3 !== 0) return
          const owner = JSON.parse(readFileSync(lock, 'utf8'))
          writeFileSync(lock, JSON.stringify({ ...owner, began: 'long ago', token: owner.token + 'x' }))
        })
      }`
    expect(await runChildren(4, script, directory.path)).toEqual([0, 0, 0, 0])
    expect(readFileSync(counter, 'utf8')).toBe('160')
  })
})
