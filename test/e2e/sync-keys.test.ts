import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runCli, Sandbox } from '../support/cli.js'
import { startEmbedded } from '../support/fauxqs.js'
import { parseSummary } from '../support/reports.js'
import { Oracle, testServers, uniqueBucket, type Trait } from '../support/servers.js'

/** Keys that every server here stores as they are. */
const EXACT = [
  'plain',
  'with space',
  'plus+sign',
  'percent%20literal',
  'question?mark&and=more#hash',
  'quotes"\'<>',
  'ümlaut/日本語',
  '😀/\u{10FFFF}',
  '\uFF5E before \u{1F600} in UTF-16 only',
  'e\u0301 decomposed',
  'é composed',
]
/** Keys that servers of these traits refuse or store under another name. */
const ODD: readonly (readonly [key: string, ...traits: Trait[]])[] = [
  ['trailing/', 'folds-slashes'],
  ['a//b', 'folds-slashes'],
  ['/lead', 'folds-slashes', 'drops-leading-slash'],
  ['dots/../up', 'folds-slashes'],
  ['./here', 'folds-slashes'],
  ['..', 'folds-slashes'],
  ['tab\tnew\nline', 'no-control-characters'],
  [`${'d'.repeat(200)}/`.repeat(5) + 'k'.repeat(19), 'no-long-keys'],
  [`long-${'x'.repeat(1019)}`, 'no-long-names'],
]

/** Design decision 12: a key is data; it arrives exactly, or the summary names it. The source is embedded, it stores any key. */
describe.each(testServers().map((server) => ({ name: server.name, server })))(
  'given odd keys and a target on $name',
  ({ server }) => {
    let sandbox: Sandbox
    let opened: readonly Awaited<ReturnType<typeof startEmbedded>>[]
    let source: Oracle
    let target: Oracle

    beforeAll(async () => {
      sandbox = await Sandbox.make()
      const [from, to] = [await startEmbedded(), await server.open()]
      opened = [from, to]
      source = new Oracle(from.url)
      target = new Oracle(to.url)
    })

    afterAll(async () => {
      sandbox.remove()
      for (const each of opened) await each.stop()
    })

    it('every object arrives under its exact key or is named as failed', async () => {
      const keys = [...EXACT, ...ODD.map(([key]) => key)]
      const from = await source.bucketWith(Object.fromEntries(keys.map((key, i) => [key, `content ${i}`])))
      expect(await source.keys(from)).toEqual(keys.sort())
      const to = uniqueBucket('odd')

      const env = { S3_SYNC_CONNECTION_A: source.url, S3_SYNC_CONNECTION_B: target.url }
      const args = [`A:${from}`, `B:${to}`, '--yes', '--json', '--retry-delay', '10ms', '--retries', '1']
      const { code, stdout } = await runCli(sandbox, args, { env })

      const { totals, failures } = parseSummary(stdout)
      const failed = failures.map(({ key }) => key)
      const mayFail = ODD.filter(([, ...traits]) => traits.some((trait) => server.traits.has(trait))).map(([key]) => key)
      expect(mayFail).toEqual(expect.arrayContaining(failed))
      expect(totals).toMatchObject({ listed: 20, copied: 20 - failed.length, failed: failed.length })
      expect(code).toBe(failed.length === 0 ? 0 : 1)
      if (server.traits.has('drops-leading-slash')) expect(failures).toMatchObject([{ key: '/lead', code: 'KeyChanged' }])

      const stored = await target.readAll(to)
      const expected = await source.readAll(from)
      for (const key of failed) Reflect.deleteProperty(expected, key)
      expect(stored).toMatchObject(expected)
    })

    it.each([[['x/y', 'x//y']], [['x//y', 'x/y']]])(
      'an object whose name the server changes takes no other’s place: %j, written in this order',
      async (keys) => {
        const objects = { 'x/y': 'the plain one', 'x//y': 'the odd one, longer' }
        const from = await source.bucketWith(objects)
        const to = await target.createBucket(uniqueBucket('folded'))
        const env = { S3_SYNC_CONNECTION_A: source.url, S3_SYNC_CONNECTION_B: target.url }
        for (const key of keys)
          await runCli(sandbox, [`A:${from}`, `B:${to}`, '--yes', '--files-from', '-', '--retries', '0'], {
            env,
            input: `${key}\n`,
          })
        const { code, stdout } = await runCli(sandbox, [`A:${from}`, `B:${to}`, '--yes', '--json', '--retries', '0'], { env })
        const stored = await target.readAll(to)
        if (!server.traits.has('folds-slashes')) expect({ code, stored }).toEqual({ code: 0, stored: objects })
        else {
          expect(stored).toEqual({ 'x/y': objects['x/y'] })
          expect(code).toBe(1)
          expect(parseSummary(stdout).failures).toMatchObject([{ key: 'x//y' }])
        }
      },
    )
  },
)
