import { describe, expect, it } from '@jest/globals'
import { Writable } from 'node:stream'
import { lineWriter, openScreen, plainScreen, type OutputStream } from '../../src/reporters/screen.js'
import { Sink } from './run.js'

const ESC = String.fromCharCode(27)

/** A stream whose reader leaves with `code` at the first write. */
function broken(code: string): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(`write ${code}`), { code })) })
}

function terminal(columns: number): Sink & OutputStream {
  return Object.assign(new Sink(), { isTTY: true, columns, rows: 24 })
}

describe('lines to a stream whose reader may leave', () => {
  it.each(['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED'])('after %s, further lines are dropped without an error', async (code) => {
    const lines = lineWriter(broken(code))
    lines.line('one')
    await new Promise((resolve) => setImmediate(resolve))
    lines.line('two')
    await expect(lines.flushed()).resolves.toBeUndefined()
  })

  it('with a full disk, writing does not throw, and flushed reports it', async () => {
    const lines = lineWriter(broken('ENOSPC'))
    lines.line('one')
    await expect(lines.flushed()).rejects.toMatchObject({ code: 'ENOSPC' })
  })

  it('with a stream that throws at once, as files do, writing does not throw, and other writers see the error', async () => {
    const stream = new Writable({
      write: () => {
        throw Object.assign(new Error('write ENOSPC'), { code: 'ENOSPC' })
      },
    })
    lineWriter(stream).line('one')
    const other = lineWriter(stream, 'The log')
    other.line('two')
    await expect(other.flushed()).rejects.toMatchObject({ code: 'ENOSPC' })
  })

  it('after the reader left, delivered throws', async () => {
    const lines = lineWriter(broken('EPIPE'))
    lines.line('one')
    await expect(lines.delivered()).rejects.toThrow("Standard output can't be written: its reader has gone.")
  })

  it('a broken stream that nothing was written to is no error', async () => {
    await expect(lineWriter(broken('ENOSPC')).delivered()).resolves.toBeUndefined()
  })

  it('flushed waits for a slow reader', async () => {
    const seen: string[] = []
    const slow = new Writable({
      write(chunk: Buffer, _encoding, done) {
        setImmediate(() => {
          seen.push(chunk.toString())
          done()
        })
      },
    })
    const lines = lineWriter(slow)
    lines.line('one')
    lines.line('two')
    await lines.flushed()
    expect(seen.join('')).toBe('one\ntwo\n')
  })
})

describe('a screen', () => {
  it('over a pipe has no live line and 80 columns', async () => {
    const [out, err] = [new Sink(), new Sink()]
    const screen = await openScreen({ out, err, env: {} })
    screen.out('fine')
    screen.err('wrong')
    expect([out.text, err.text, screen.isTerminal, screen.columns, screen.live]).toEqual([
      'fine\n',
      'wrong\n',
      false,
      80,
      undefined,
    ])
  })

  it('over a dumb terminal has no live line', async () => {
    expect((await openScreen({ out: terminal(80), err: new Sink(), env: { TERM: 'dumb' } })).live).toBeUndefined()
  })

  it('knows the current width of the terminal', async () => {
    const out = terminal(80)
    const screen = await openScreen({ out, err: out, env: {} })
    Object.assign(out, { columns: 40 })
    expect(screen.columns).toBe(40)
  })

  it('puts lines above the live line, which is redrawn below them until it is cleared', async () => {
    const out = terminal(40)
    const screen = await openScreen({ out, err: out, env: {} })
    screen.live?.draw('50%')
    screen.err('a problem')
    screen.live?.clear()
    screen.out('the end')
    const text = out.text.replaceAll(`${ESC}[?2026h`, '').replaceAll(`${ESC}[?2026l`, '')
    const erased = `${ESC}[2K${ESC}[1A${ESC}[2K${ESC}[G`
    expect(text).toBe(`50%\n${erased}a problem\n50%\n${erased}the end\n`)
  })

  it('over a single stream writes both kinds of lines to it, in order', async () => {
    const file = new Sink()
    const screen = plainScreen(file)
    screen.out('one')
    screen.err('two')
    await screen.flushed()
    expect(file.text).toBe('one\ntwo\n')
  })
})
