import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runCli, Sandbox } from './cli.js'

describe('a program in a sandbox', () => {
  let sandbox: Sandbox
  beforeAll(async () => {
    sandbox = await Sandbox.make()
  })
  afterAll(() => {
    sandbox.remove()
  })

  it('that hangs is killed, and the test fails with what it was called with', async () => {
    const command = [process.execPath, '-e', 'setInterval(() => {}, 1000)'] as const
    await expect(runCli(sandbox, ['--', 'A:b', 'B:b'], { command, timeoutMs: 1 })).rejects.toThrow('hung for 1 ms: -- A:b B:b')
  })

  it('that ends tells its exit code and output', async () => {
    const command = [process.execPath, '-e', 'console.log("out"); process.exitCode = 3'] as const
    expect(await runCli(sandbox, [], { command })).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: '' })
  })
})
