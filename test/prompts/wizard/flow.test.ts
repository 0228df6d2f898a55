import { describe, expect, it } from '@jest/globals'
import { Cancelled } from '../../../src/prompts/cancelled.js'
import { guide, type GoOnWith, type GuidedAnswers, type GuidedPresets } from '../../../src/prompts/wizard/flow.js'
import type { ConnectionDraft } from '../../../src/prompts/wizard/wizard-port.js'
import { palette } from '../../../src/reporters/colors.js'
import { endpointWith, FakeWorld, SECRET, type FakeEndpoint } from './fake-wizard-port.js'
import { LEAVE, ScriptedQuestions, type Line } from './scripted-questions.js'

const SOURCE = 'http://source:9000'
const TARGET = 'http://target:9000'
const KEYS = { accessKeyId: 'KEY', secretAccessKey: SECRET }
const OFFICE: ConnectionDraft = { name: 'office', endpoint: SOURCE, ...KEYS }
const BACKUP: ConnectionDraft = { name: 'backup', endpoint: TARGET, ...KEYS }

const BUCKETS = ['one', 'two', 'three', 'four', 'five', 'six']

/** Two endpoints; the target holds the bucket `one` only. Both connections are kept. */
function twoEndpoints(source: FakeEndpoint = endpointWith(...BUCKETS), kept = [OFFICE, BACKUP]): FakeWorld {
  return new FakeWorld({ [SOURCE]: source, [TARGET]: endpointWith('one') }, kept)
}

interface Story {
  readonly world?: FakeWorld
  readonly script: readonly Line[]
  readonly presets?: GuidedPresets
  readonly leaveAt?: number
  readonly pressed?: 'key' | 'leave'
}

async function tell({ world = twoEndpoints(), script, presets = {}, leaveAt, pressed }: Story) {
  const questions = new ScriptedQuestions(script, leaveAt)
  if (pressed !== undefined) questions.pressed = Promise.resolve(pressed)
  const lines: string[] = []
  const out = (line: string): void => void lines.push(line)
  const screen = {
    out,
    err: out,
    isTerminal: true,
    columns: 80,
    flushed: () => Promise.resolve(),
    delivered: () => Promise.resolve(),
  }
  const desk = { questions, world, screen, paint: palette(false) }
  const answers: GuidedAnswers | GoOnWith | 'cancelled' = await guide(desk, { tool: 's3-sync', version: '1.2.3' }, presets).catch(
    (error: unknown) => {
      if (error instanceof Cancelled) return 'cancelled'
      throw error
    },
  )
  return { answers, questions, world, screen: lines.join('\n') }
}

const SIDES: readonly Line[] = [['Source connection', 'office']]
const REST: readonly Line[] = [
  ['Target connection', 'backup'],
  ['same bucket names', 'y'],
  ['Workers', ''],
  ['Type YES', 'YES'],
]
/** From the first question to the last, with both connections kept. */
const WHOLE: readonly Line[] = [...SIDES, ['Buckets to copy', '1-2'], ...REST]

const NEW: readonly Line[] = [
  ['Connection name', 'fresh'],
  ['Endpoint', SOURCE],
  ['Region', ''],
  ['Access key', 'KEY'],
  ['Secret key', SECRET],
]

describe('The guided flow, from the first question to the last', () => {
  it('given two kept connections, asks in the order of cli.md and hands back the plan', async () => {
    const { answers, questions, screen } = await tell({ script: WHOLE })
    expect(answers).toEqual({
      source: 'office',
      target: 'backup',
      pairs: [
        { source: 'one', target: 'one' },
        { source: 'two', target: 'two' },
      ],
      workers: 10,
      expected: { objects: 200, bytes: 2048 },
    })
    expect(questions.unasked).toEqual([])
    expect(screen).toMatch(/s3-sync 1\.2\.3[^]*✓ Node\.js 20\.0\.0[^]*Source\n[^]*Target\n[^]*What will happen/)
  })

  it('given YES is declined, is cancelled', async () => {
    const { answers } = await tell({ script: [...WHOLE.slice(0, -1), ['Type YES', 'no']] })
    expect(answers).toBe('cancelled')
  })

  it.each([
    ['--workers 20', { workers: 20 }, 'Workers', { workers: 20 }],
    ['--yes', { yes: true }, 'Type YES', { workers: 10 }],
    ['--dry-run', { dryRun: true }, 'Type YES', { workers: 10 }],
  ])('given %s, does not ask what it answers', async (_, presets, message, expected) => {
    const { answers, questions } = await tell({ script: WHOLE.filter(([asked]) => asked !== message), presets })
    expect(answers).toMatchObject(expected)
    expect(questions.asked.join('\n')).not.toContain(message)
  })

  it.each(Array.from(WHOLE, ([message], index) => [message, index] as const))(
    'given Ctrl+C at "%s", leaves at once, having kept and changed nothing',
    async (_, leaveAt) => {
      const { answers, questions, world } = await tell({ script: WHOLE, leaveAt })
      expect(answers).toBe('cancelled')
      expect(questions.asked).toHaveLength(leaveAt + 1)
      expect([...world.kept.values()]).toEqual([OFFICE, BACKUP])
    },
  )
})

describe('An earlier run of the same buckets that did not finish', () => {
  const BEFORE: readonly Line[] = [...SIDES, ['Buckets to copy', '1-2'], ...REST.slice(0, 2)]
  const world = (): FakeWorld => {
    const made = twoEndpoints()
    made.left = { run: '20261125-220430-3f9a', startedAt: Date.UTC(2026, 10, 25, 22, 4, 30), left: { pairs: [], uploads: [] } }
    return made
  }

  it('is offered, and gone on with: nothing else is asked', async () => {
    const { answers, questions, screen } = await tell({ world: world(), script: [...BEFORE, ['Resume it?', 'y']] })
    expect(answers).toEqual({ resumes: '20261125-220430-3f9a' })
    expect(questions.unasked).toEqual([])
    expect(screen).toContain('Run 20261125-220430-3f9a of the same buckets, started 2026-11-25 22:04 UTC, did not finish')
  })

  it('declined, a new run is asked for as ever', async () => {
    const { answers } = await tell({ world: world(), script: [...BEFORE, ['Resume it?', 'n'], ...REST.slice(2)] })
    expect(answers).toMatchObject({ source: 'office', workers: 10 })
  })

  it('is no matter of a dry run', async () => {
    const script = WHOLE.filter(([asked]) => asked !== 'Type YES')
    const { questions } = await tell({ world: world(), script, presets: { dryRun: true } })
    expect(questions.asked.join()).not.toContain('Resume it?')
  })
})

describe('Choosing the buckets', () => {
  it.each([
    ['3', ['three']],
    ['1,3,5', ['one', 'three', 'five']],
    ['1-5', ['one', 'two', 'three', 'four', 'five']],
    ['all', BUCKETS],
  ])('by "%s" takes %j', async (text, names) => {
    const { answers } = await tell({ script: [...SIDES, ['Buckets to copy', text], ...REST] })
    expect(answers).toMatchObject({ pairs: names.map((name) => ({ source: name, target: name })) })
  })

  it('shows them with their numbers', async () => {
    const { screen } = await tell({ script: WHOLE })
    expect(screen).toContain('  1  one\n  2  two\n  3  three\n')
  })

  it('given an empty answer, opens the list to pick from', async () => {
    const { answers } = await tell({ script: [...SIDES, ['Buckets to copy', ''], ['Buckets to copy', 'two, four'], ...REST] })
    expect(answers).toMatchObject({ pairs: [{ source: 'two' }, { source: 'four' }] })
  })

  it.each(['7', '0', '1-9', 'nine', '1,,2,x'])('given "%s", explains and asks again', async (wrong) => {
    const { answers, questions } = await tell({ script: [...SIDES, ['Buckets to copy', wrong, '1'], ...REST] })
    expect(questions.complaints).toEqual([expect.stringMatching(/\w/)])
    expect(answers).toMatchObject({ pairs: [{ source: 'one' }] })
  })

  it('given an endpoint without buckets, asks for another source', async () => {
    const { answers, screen } = await tell({
      world: new FakeWorld({ [SOURCE]: endpointWith(), [TARGET]: endpointWith('one') }, [OFFICE, BACKUP]),
      script: [
        ['Source connection', 'office'],
        ['Source connection', 'backup'],
        ['Buckets to copy', 'all'],
        ['Target connection', 'office'],
        ...REST.slice(1),
      ],
    })
    expect(screen).toContain('There is no bucket at "office"')
    expect(answers).toMatchObject({ source: 'backup', target: 'office' })
  })

  it('where listing is denied, takes names typed by hand, each tried before it counts', async () => {
    const { answers, questions, screen } = await tell({
      world: twoEndpoints({ ...endpointWith('one', 'two'), mayNotList: true }),
      script: [
        ...SIDES,
        ['Bucket of the source', '', 'a/b', 'nine'],
        ['Bucket of the source', 'one'],
        ['Another bucket', 'one', 'forbidden'],
        ['Another bucket', 'two'],
        ['Another bucket', ''],
        ...REST,
      ],
    })
    expect(answers).toMatchObject({ pairs: [{ source: 'one' }, { source: 'two' }] })
    expect(questions.complaints).toEqual(['Enter a bucket name.', 'A bucket name holds no slash.', '"one" is already selected.'])
    expect(screen).toContain('The bucket "nine" does not exist')
    expect(screen).toContain('denied HeadBucket on the bucket "forbidden"')
  })
})

describe('A bucket’s name that breaks the rules', () => {
  const hidden = (...names: string[]): FakeEndpoint => ({ ...endpointWith(...names), mayNotList: true })

  it.each(['all,1', 'Photos', '１'])('%s, typed by hand, is explained at the question', async (typed) => {
    const { answers, screen } = await tell({
      world: twoEndpoints(hidden('one')),
      script: [...SIDES, ['Bucket of the source', typed], ['Bucket of the source', 'one'], ['Another bucket', ''], ...REST],
    })
    expect(answers).toMatchObject({ pairs: [{ source: 'one' }] })
    expect(screen).toContain(`A bucket can’t be called "${typed}".`)
    expect(screen).not.toContain(`"${typed}" does not exist`)
  })

  it('is fine where there is such a bucket', async () => {
    const { answers } = await tell({
      world: twoEndpoints(hidden('Photos')),
      script: [
        ...([
          ...SIDES,
          ['Bucket of the source', 'Photos'],
          ['Another bucket', ''],
          ['Target connection', 'backup'],
        ] satisfies Line[]),
        ...([
          ['same bucket names', 'n'],
          ['target for Photos', 'one'],
        ] satisfies Line[]),
        ...REST.slice(2),
      ],
    })
    expect(answers).toMatchObject({ pairs: [{ source: 'Photos', target: 'one' }] })
  })

  const AWS: ConnectionDraft = { name: 'aws', ...KEYS }
  const world = () =>
    new FakeWorld({ [SOURCE]: endpointWith('Photos'), [TARGET]: endpointWith('one'), aws: endpointWith() }, [OFFICE, BACKUP, AWS])

  it('can’t be made on AWS: another is asked for, also where names were to be kept', async () => {
    const { answers, screen } = await tell({
      world: world(),
      script: [
        ...([...SIDES, ['Buckets to copy', '1'], ['Target connection', 'aws'], ['same bucket names', 'y']] satisfies Line[]),
        ...([
          ['target for Photos', 'Photos'],
          ['target for Photos', 'photos'],
        ] satisfies Line[]),
        ...REST.slice(2),
      ],
    })
    expect(answers).toMatchObject({ pairs: [{ source: 'Photos', target: 'photos' }] })
    expect(screen.match(/A bucket can’t be called "Photos"/g)).toHaveLength(2)
  })

  it('may be made elsewhere, if the person wants to', async () => {
    const script = (...names: Line[]): Line[] => [
      ...([...SIDES, ['Buckets to copy', '1'], ['Target connection', 'backup'], ['same bucket names', 'y']] satisfies Line[]),
      ...names,
      ...REST.slice(2),
    ]
    const { answers } = await tell({ world: world(), script: script(['Use Photos anyway?', 'y']) })
    expect(answers).toMatchObject({ pairs: [{ source: 'Photos', target: 'Photos' }] })
    const other = script(['Use Photos anyway?', 'n'], ['target for Photos', 'photos'])
    expect((await tell({ world: world(), script: other })).answers).toMatchObject({ pairs: [{ target: 'photos' }] })
  })
})

describe('Names at the target', () => {
  const script = (...names: Line[]): Line[] => [
    ...SIDES,
    ['Buckets to copy', '1-2'],
    ['Target', 'backup'],
    ...names,
    ...REST.slice(2),
  ]

  it('may differ, each from the other', async () => {
    const { answers, questions } = await tell({
      script: script(['same bucket names', 'n'], ['target for one', ''], ['target for two', 'one', 'a b', 'zwei']),
    })
    expect(answers).toMatchObject({
      pairs: [
        { source: 'one', target: 'one' },
        { source: 'two', target: 'zwei' },
      ],
    })
    expect(questions.complaints).toEqual(['Another bucket is copied into "one" already.', 'A bucket holds no blank.'])
  })

  it('on the same connection cannot be the same', async () => {
    const { answers, questions } = await tell({
      script: [
        ...SIDES,
        ['Buckets to copy', '1'],
        ['Target connection', 'office'],
        ['target for one', '', 'one', 'two'],
        ...REST.slice(2),
      ],
    })
    expect(answers).toMatchObject({ source: 'office', target: 'office', pairs: [{ source: 'one', target: 'two' }] })
    expect(questions.complaints[1]).toContain('the same bucket')
  })

  it('offers the bucket that was named by hand, and takes one that does not exist yet', async () => {
    const world = new FakeWorld({ [SOURCE]: endpointWith('one'), [TARGET]: { ...endpointWith(), mayNotList: true } }, [
      OFFICE,
      BACKUP,
    ])
    const { answers, screen } = await tell({
      world,
      script: [
        ...SIDES,
        ['Buckets to copy', 'all'],
        ['Target connection', 'backup'],
        ['Bucket of the target', 'later'],
        ['Copy into this bucket', 'y'],
        ...REST.slice(2),
      ],
    })
    expect(answers).toMatchObject({ pairs: [{ source: 'one', target: 'later' }] })
    expect(screen).toContain('backup:later (the bucket will be created)')
  })
})

describe('Deletes', () => {
  const deletes = { atMost: { percent: 25 } }

  it('are confirmed by themselves, after the YES', async () => {
    const { answers, questions, screen } = await tell({ script: [...WHOLE, ['Type DELETE', 'DELETE']], presets: { deletes } })
    expect(answers).toMatchObject({ deletes })
    expect(questions.unasked).toEqual([])
    expect(screen).toContain('DELETED at the target')
  })

  it('not confirmed, the run only copies', async () => {
    const { answers } = await tell({ script: [...WHOLE, ['Type DELETE', 'no']], presets: { deletes } })
    expect(answers).toMatchObject({ source: 'office', workers: 10 })
    expect(answers).not.toHaveProperty('deletes')
  })

  it('with --yes are said yes to', async () => {
    const { answers } = await tell({ script: WHOLE.slice(0, -1), presets: { deletes, yes: true } })
    expect(answers).toMatchObject({ deletes })
  })
})

describe('Workers', () => {
  it.each(['0', '51', '-1', '1.5', 'many', '1e1'])('given "%s", explains the range and asks again', async (wrong) => {
    const script = WHOLE.map((line): Line => (line[0] === 'Workers' ? ['Workers', wrong, '50'] : line))
    const { answers, questions } = await tell({ script })
    expect(questions.complaints).toEqual(['Enter a whole number from 1 to 50.'])
    expect(answers).toMatchObject({ workers: 50 })
  })
})

describe('What will happen', () => {
  it('tells objects and bytes of each bucket, and which will be made', async () => {
    const { screen, questions } = await tell({ script: WHOLE })
    expect(screen).toContain('office:one → backup:one  100 objects, 1 KiB')
    expect(screen).toContain('office:two → backup:two (the bucket will be created)  100 objects, 1 KiB')
    expect(questions.released).toBe(true)
  })

  it('given a key while it counts, goes on with what it knows', async () => {
    const { answers, screen, questions } = await tell({ script: WHOLE, pressed: 'key' })
    expect(screen).toContain('office:one → backup:one  at least 50 objects, 512 B')
    expect(answers).not.toHaveProperty('expected')
    expect(questions.released).toBe(true)
  })

  it('given Ctrl+C while it counts, leaves', async () => {
    const { answers, questions } = await tell({ script: WHOLE, pressed: 'leave' })
    expect(answers).toBe('cancelled')
    expect(questions.released).toBe(true)
  })

  it('given a bucket that cannot be counted, or looked at, says why', async () => {
    const { screen, answers } = await tell({
      world: twoEndpoints({ ...endpointWith('one', 'two'), mayNotList: true }),
      script: [
        ...SIDES,
        ['Bucket of the source', 'one'],
        ['Another bucket', ''],
        ['Target connection', 'backup'],
        ['same bucket names', 'n'],
        ['target for one', 'forbidden'],
        ...REST.slice(2),
      ],
    })
    expect(screen).toContain('office:one → backup:forbidden  100 objects')
    expect(screen).toContain('denied HeadBucket on the bucket "forbidden"')
    expect(answers).toMatchObject({ pairs: [{ target: 'forbidden' }] })
  })
})

describe('A new connection', () => {
  const AFTER: readonly Line[] = [['Buckets to copy', '1'], ['Target connection', 'backup'], ...REST.slice(1)]

  it('given none is kept, is asked for at once, tried and kept for both sides', async () => {
    const { answers, world, screen } = await tell({
      world: twoEndpoints(undefined, []),
      script: [
        ...NEW,
        ['Buckets to copy', '1'],
        ['Target connection', 'new'],
        ['Connection name', 'other'],
        ['Endpoint', TARGET],
        ['Region', 'eu-north-1'],
        ['Access key', 'KEY'],
        ['Secret key', SECRET],
        ...REST.slice(1),
      ],
    })
    expect(answers).toMatchObject({ source: 'fresh', target: 'other' })
    expect([...world.kept.values()]).toEqual([
      { name: 'fresh', endpoint: SOURCE, ...KEYS },
      { name: 'other', endpoint: TARGET, region: 'eu-north-1', ...KEYS },
    ])
    expect(screen).not.toContain(SECRET)
  })

  it('with blank endpoint and keys means AWS and the environment’s credentials', async () => {
    const world = new FakeWorld({ aws: { ...endpointWith('one'), accessKeyId: 'another' } })
    await tell({
      world,
      script: [
        ['name', 'aws'],
        ['Endpoint', ''],
        ['Region', ''],
        ['Access key', ''],
        ['Access key', LEAVE],
      ],
    })
    expect(world.tried).toEqual([{ name: 'aws' }])
    expect(world.kept.size).toBe(0)
  })

  it('with a temporary access key wants a session token as well', async () => {
    const endpoint = { ...endpointWith('one'), accessKeyId: 'ASIAX' }
    const world = new FakeWorld({ aws: endpoint, [TARGET]: endpointWith() }, [BACKUP])
    await tell({
      world,
      script: [
        ['Source connection', 'new'],
        ['name', 'aws'],
        ['Endpoint', ''],
        ['Region', ''],
        ['Access key', 'ASIAX'],
        ['Secret key', SECRET],
        ['Session token', '', 'token'],
        ...AFTER,
      ],
    })
    expect(world.kept.get('aws')).toEqual({ name: 'aws', accessKeyId: 'ASIAX', secretAccessKey: SECRET, sessionToken: 'token' })
  })

  it.each<[string, Line, RegExp]>([
    ['an empty name', ['Connection name', '', 'fresh'], /Enter a name/],
    ['a name of impossible form', ['Connection name', 'a b', 'fresh'], /holds no blank/],
    ['a name that is taken, whatever its case', ['Connection name', 'Office', 'fresh'], /already a connection "Office"/],
    ['an endpoint of impossible form', ['Endpoint', 'source:9000', SOURCE], /looks like https/],
    ['a region of impossible form', ['Region', 'north pole', ''], /holds no blank/],
    ['an access key without its secret', ['Secret key', '', SECRET], /Enter the secret key/],
  ])('given %s, explains and asks again', async (_, wrong, complaint) => {
    const script = [['Source connection', 'new'] as const, ...NEW.map((line) => (line[0] === wrong[0] ? wrong : line)), ...AFTER]
    const { answers, questions } = await tell({ script })
    expect(questions.complaints).toEqual([expect.stringMatching(complaint)])
    expect(answers).toMatchObject({ source: 'fresh' })
  })

  it('given keys that are refused, asks for the keys again, and keeps nothing until they work', async () => {
    const { world, screen } = await tell({
      script: [
        ['Source connection', 'new'],
        ...NEW.slice(0, -1),
        ['Secret key', 'wrong'],
        ['Access key', ''],
        ['Secret key', SECRET],
        ...AFTER,
      ],
    })
    expect(screen).toContain('the secret key is wrong')
    expect(world.kept.get('fresh')).toEqual({ name: 'fresh', endpoint: SOURCE, ...KEYS })
  })

  it('given an endpoint where nothing answers, asks for the endpoint again', async () => {
    const wrong: Line = ['Endpoint', 'http://nowhere:1']
    const { world, screen } = await tell({
      script: [
        ['Source connection', 'new'],
        ...NEW.map((line) => (line[0] === 'Endpoint' ? wrong : line)),
        ['Endpoint', SOURCE],
        ['Region', '-'],
        ...AFTER,
      ].map((line) => line as Line),
    })
    expect(screen).toContain('Nothing answers at http://nowhere:1')
    expect(world.kept.get('fresh')).toEqual({ name: 'fresh', endpoint: SOURCE, ...KEYS })
  })

  const threeFailures: readonly Line[] = [
    ['Source connection', 'new'],
    ...NEW.slice(0, -1),
    ['Secret key', 'wrong'],
    ['Access key', 'wrong'],
    ['Secret key', 'wrong'],
    ['Access key', 'KEY'],
    ['Secret key', 'wrong again'],
  ]

  it('given three failed logins, offers to edit all of it', async () => {
    const { world, questions } = await tell({
      script: [
        ...threeFailures,
        ['Login failed', 'Edit'],
        ['Endpoint', TARGET],
        ['Region', 'eu-north-1'],
        ['Access key', ''],
        ['Secret key', SECRET],
        ...AFTER,
      ],
    })
    expect(world.kept.get('fresh')).toEqual({ name: 'fresh', endpoint: TARGET, region: 'eu-north-1', ...KEYS })
    expect(questions.asked.filter((message) => message.includes('Login failed'))).toHaveLength(1)
  })

  it('given three failed logins, lets choose another connection, and keeps nothing of this one', async () => {
    const { answers, world } = await tell({ script: [...threeFailures, ['Login failed', 'another'], ...WHOLE] })
    expect(answers).toMatchObject({ source: 'office' })
    expect(world.kept.has('fresh')).toBe(false)
  })

  it.each(Array.from(threeFailures, ([message], index) => [index, message] as const))(
    'given Ctrl+C at question %i, "%s", keeps nothing of it',
    async (leaveAt) => {
      const { answers, world } = await tell({ script: threeFailures, leaveAt })
      expect(answers).toBe('cancelled')
      expect([...world.kept.values()]).toEqual([OFFICE, BACKUP])
    },
  )
})

describe('A kept connection whose login fails', () => {
  const stale = { ...OFFICE, secretAccessKey: 'old' }

  it('may be edited: blank answers keep what was there', async () => {
    const { answers, world } = await tell({
      world: twoEndpoints(undefined, [stale, BACKUP]),
      script: [
        ['Source connection', 'office'],
        ['Login failed', 'Edit'],
        ['Endpoint', ''],
        ['Region', ''],
        ['Access key', ''],
        ['Secret key (Enter keeps the old one)', SECRET],
        ...WHOLE.slice(1),
      ],
    })
    expect(answers).toMatchObject({ source: 'office' })
    expect(world.kept.get('office')).toEqual(OFFICE)
  })

  it('may be tried again or left for another', async () => {
    const world = twoEndpoints(undefined, [stale, BACKUP])
    const { answers } = await tell({
      world,
      script: [
        ['Source connection', 'office'],
        ['Login failed', 'again'],
        ['Login failed', 'another'],
        ['Source connection', 'backup'],
        ['Buckets to copy', 'all'],
        ['Target connection', 'backup'],
        ['target for one', 'copy'],
        ...REST.slice(2),
      ],
    })
    expect(answers).toMatchObject({ source: 'backup', target: 'backup' })
    expect(world.kept.get('office')).toEqual(stale)
  })

  it('and comes from the environment cannot be edited here', async () => {
    const world = twoEndpoints(undefined, [stale, BACKUP])
    world.fixed.add('office')
    const script: Line[] = [
      ['Source connection', 'office'],
      ['Login failed', 'Edit'],
    ]
    await expect(tell({ world, script })).rejects.toThrow('"Edit" is not among Try again, Use another connection')
  })
})
