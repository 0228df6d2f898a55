import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCli, Sandbox } from '../support/cli.js'
import { startEndingTokens, type EndingTokens } from '../support/ending-tokens.js'
import { startEmbedded } from '../support/fauxqs.js'
import { Oracle, uniqueBucket } from '../support/servers.js'

/** Given a server that ends tokens early, through a whole run: new ones are fetched, whatever expiration the old ones had. */

let embedded: Awaited<ReturnType<typeof startEmbedded>>
let oracle: Oracle
let sandbox: Sandbox
let tokens: EndingTokens | undefined

beforeAll(async () => {
  embedded = await startEmbedded()
  oracle = new Oracle(embedded.url)
})
afterAll(() => embedded.stop())
beforeEach(async () => {
  sandbox = await Sandbox.make()
})
afterEach(async () => {
  sandbox.remove()
  await tokens?.stop()
})

/** More than is held in memory before it is sent: the upload is a stream. */
const LARGE = 'x'.repeat(100_000)
const OBJECTS = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i % 8 === 0 ? LARGE : `content ${i}`]))

/** A program for credential_process: prints what the server issues. */
function program(origin: string): string {
  const script = join(sandbox.root, 'issue.mjs')
  writeFileSync(script, `console.log(await (await fetch('${origin}/process')).text())\n`)
  return `"${process.execPath}" "${script}"`
}

const SOURCES: Readonly<Record<string, (tokens: EndingTokens) => Record<string, string>>> = {
  'a container': ({ origin }) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${origin}/keys` }),
  'a credential_process': ({ origin }) => {
    mkdirSync(join(sandbox.home, '.aws'))
    writeFileSync(join(sandbox.home, '.aws/config'), `[default]\ncredential_process = ${program(origin)}\n`)
    return {}
  },
}

describe.each(Object.entries(SOURCES))('tokens of %s that end after 12 requests', (_source, env) => {
  it.each([
    ['under a new access key', 'changes'],
    ['under the same access key', 'stays'],
  ] as const)('are replaced %s, and the run goes on', async (_what, accessKey) => {
    tokens = await startEndingTokens(embedded.url, 12, accessKey)
    const bucket = await oracle.bucketWith(OBJECTS)
    const target = uniqueBucket('target')
    const args = [`s3://${bucket}`, `s3://${target}`, '--yes', '--no-server-side-copy', '--workers', '4', '--retry-delay', '20ms']
    const result = await runCli(sandbox, args, { env: { ...env(tokens), AWS_ENDPOINT_URL_S3: tokens.origin } })
    expect(result).toMatchObject({ code: 0, stderr: '' })
    expect(await oracle.readAll(target)).toEqual(OBJECTS)
    expect(tokens.used.size).toBeGreaterThan(5)
  })
})
