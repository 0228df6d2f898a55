import { describe, expect, it } from '@jest/globals'
import { Cancelled } from '../../../src/prompts/cancelled.js'
import { runWizard, type ResumeChoice, type WizardAnswers, type WizardPresets } from '../../../src/prompts/wizard/flow.js'
import type { ConnectionDraft } from '../../../src/prompts/wizard/wizard-port.js'
import { palette } from '../../../src/reporters/colors.js'
import { endpointWith, FakeWizardPort, SECRET, type FakeEndpoint } from './fake-wizard-port.js'
import { LEAVE, ScriptedQuestions, type Line } from './scripted-questions.js'

const SOURCE = 'http://source:9000'
const TARGET = 'http://target:9000'
const KEYS = { accessKeyId: 'KEY', secretAccessKey: SECRET }
const OFFICE: ConnectionDraft = { name: 'office', endpoint: SOURCE, ...KEYS }
const BACKUP: ConnectionDraft = { name: 'backup', endpoint: TARGET, ...KEYS }

const BUCKETS = ['one', 'two', 'three', 'four', 'five', 'six']

/** Two endpoints; the target has the bucket `one` only. Both connections are saved. */
function twoEndpoints(source: FakeEndpoint = endpointWith(...BUCKETS), saved = [OFFICE, BACKUP]): FakeWizardPort {
  return new FakeWizardPort({ [SOURCE]: source, [TARGET]: endpointWith('one') }, saved)
}

interface Story {
  readonly port?: FakeWizardPort
  readonly script: readonly Line[]
  readonly presets?: WizardPresets
  readonly leaveAt?: number
  readonly pressed?: 'key' | 'leave'
}

async function runStory({ port = twoEndpoints(), script, presets = {}, leaveAt, pressed }: Story) {
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
  const wizard = { questions, port, screen, paint: palette(false) }
  const answers: WizardAnswers | ResumeChoice | 'cancelled' = await runWizard(
    wizard,
    { tool: 's3-sync', version: '1.2.3' },
    presets,
  ).catch((error: unknown) => {
    if (error instanceof Cancelled) return 'cancelled'
    throw error
  })
  return { answers, questions, port, screen: lines.join('\n') }
}

const SIDES: readonly Line[] = [['Source connection', 'office']]
const REST: readonly Line[] = [
  ['Target connection', 'backup'],
  ['same bucket names', 'y'],
  ['Workers', ''],
  ['Type YES', 'YES'],
]
/** From the first question to the last, with both connections saved. */
const WHOLE: readonly Line[] = [...SIDES, ['Buckets to copy', '1-2'], ...REST]

const NEW: readonly Line[] = [
  ['Connection name', 'fresh'],
  ['Endpoint', SOURCE],
  ['Region', ''],
  ['Access key', 'KEY'],
  ['Secret key', SECRET],
]

describe('The wizard, from the first question to the last', () => {
  it('with two saved connections, asks in the order of cli.md and returns the plan', async () => {
    const { answers, questions, screen } = await runStory({ script: WHOLE })
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

  it('is cancelled if YES is declined', async () => {
    const { answers } = await runStory({ script: [...WHOLE.slice(0, -1), ['Type YES', 'no']] })
    expect(answers).toBe('cancelled')
  })

  it.each([
    ['--workers 20', { workers: 20 }, 'Workers', { workers: 20 }],
    ['--yes', { yes: true }, 'Type YES', { workers: 10 }],
    ['--dry-run', { dryRun: true }, 'Type YES', { workers: 10 }],
  ])('with %s, does not ask that question', async (_, presets, message, expected) => {
    const { answers, questions } = await runStory({ script: WHOLE.filter(([asked]) => asked !== message), presets })
    expect(answers).toMatchObject(expected)
    expect(questions.asked.join('\n')).not.toContain(message)
  })

  it.each(Array.from(WHOLE, ([message], index) => [message, index] as const))(
    'is cancelled by Ctrl+C at "%s"; nothing is saved or changed',
    async (_, leaveAt) => {
      const { answers, questions, port } = await runStory({ script: WHOLE, leaveAt })
      expect(answers).toBe('cancelled')
      expect(questions.asked).toHaveLength(leaveAt + 1)
      expect([...port.saved.values()]).toEqual([OFFICE, BACKUP])
    },
  )
})

describe('An earlier run of the same buckets that did not finish', () => {
  const BEFORE: readonly Line[] = [...SIDES, ['Buckets to copy', '1-2'], ...REST.slice(0, 2)]
  const port = (): FakeWizardPort => {
    const port = twoEndpoints()
    port.unfinishedRun = {
      run: '20261125-220430-3f9a',
      startedAt: Date.UTC(2026, 10, 25, 22, 4, 30),
      remaining: { pairs: [], uploads: [] },
    }
    return port
  }

  it('is offered and resumed: nothing else is asked', async () => {
    const { answers, questions, screen } = await runStory({ port: port(), script: [...BEFORE, ['Resume it?', 'y']] })
    expect(answers).toEqual({ resumes: '20261125-220430-3f9a' })
    expect(questions.unasked).toEqual([])
    expect(screen).toContain('Run 20261125-220430-3f9a of the same buckets, started 2026-11-25 22:04 UTC, did not finish')
  })

  it('is not resumed if declined; the wizard asks for a new run', async () => {
    const { answers } = await runStory({ port: port(), script: [...BEFORE, ['Resume it?', 'n'], ...REST.slice(2)] })
    expect(answers).toMatchObject({ source: 'office', workers: 10 })
  })

  it('is not offered to a dry run', async () => {
    const script = WHOLE.filter(([asked]) => asked !== 'Type YES')
    const { questions } = await runStory({ port: port(), script, presets: { dryRun: true } })
    expect(questions.asked.join()).not.toContain('Resume it?')
  })
})

describe('Choosing the buckets', () => {
  it.each([
    ['3', ['three']],
    ['1,3,5', ['one', 'three', 'five']],
    ['1-5', ['one', 'two', 'three', 'four', 'five']],
    ['two, four', ['two', 'four']],
    ['all', BUCKETS],
  ])('by "%s" takes %j', async (text, names) => {
    const { answers } = await runStory({ script: [...SIDES, ['Buckets to copy', text], ...REST] })
    expect(answers).toMatchObject({ pairs: names.map((name) => ({ source: name, target: name })) })
  })

  it('lists them once: in the question', async () => {
    const { screen, questions } = await runStory({ script: WHOLE })
    expect([screen.includes('three'), questions.asked.filter((message) => message === 'Buckets to copy')]).toEqual([
      false,
      ['Buckets to copy'],
    ])
  })

  it.each(['7', '0', '1-9', 'nine', '1,,2,x'])('explains "%s" and asks again', async (wrong) => {
    const { answers, questions } = await runStory({ script: [...SIDES, ['Buckets to copy', wrong, '1'], ...REST] })
    expect(questions.complaints).toEqual([expect.stringMatching(/\w/)])
    expect(answers).toMatchObject({ pairs: [{ source: 'one' }] })
  })

  it('asks for another source if an endpoint has no buckets', async () => {
    const { answers, screen } = await runStory({
      port: new FakeWizardPort({ [SOURCE]: endpointWith(), [TARGET]: endpointWith('one') }, [OFFICE, BACKUP]),
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

  it('asks for bucket names if listing is denied, and tries each', async () => {
    const { answers, questions, screen } = await runStory({
      port: twoEndpoints({ ...endpointWith('one', 'two'), mayNotList: true }),
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

  it.each(['all,1', 'Photos', '１'])('%s is explained when it is entered', async (typed) => {
    const { answers, screen } = await runStory({
      port: twoEndpoints(hidden('one')),
      script: [...SIDES, ['Bucket of the source', typed], ['Bucket of the source', 'one'], ['Another bucket', ''], ...REST],
    })
    expect(answers).toMatchObject({ pairs: [{ source: 'one' }] })
    expect(screen).toContain(`A bucket can’t be called "${typed}".`)
    expect(screen).not.toContain(`"${typed}" does not exist`)
  })

  it('is accepted if the bucket exists', async () => {
    const { answers } = await runStory({
      port: twoEndpoints(hidden('Photos')),
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
  const port = () =>
    new FakeWizardPort({ [SOURCE]: endpointWith('Photos'), [TARGET]: endpointWith('one'), aws: endpointWith() }, [
      OFFICE,
      BACKUP,
      AWS,
    ])

  it('is refused on AWS: the wizard asks for another, also if the names are kept', async () => {
    const { answers, screen } = await runStory({
      port: port(),
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

  it('is allowed on other servers if the user confirms', async () => {
    const script = (...names: Line[]): Line[] => [
      ...([...SIDES, ['Buckets to copy', '1'], ['Target connection', 'backup'], ['same bucket names', 'y']] satisfies Line[]),
      ...names,
      ...REST.slice(2),
    ]
    const { answers } = await runStory({ port: port(), script: script(['Use Photos anyway?', 'y']) })
    expect(answers).toMatchObject({ pairs: [{ source: 'Photos', target: 'Photos' }] })
    const other = script(['Use Photos anyway?', 'n'], ['target for Photos', 'photos'])
    expect((await runStory({ port: port(), script: other })).answers).toMatchObject({ pairs: [{ target: 'photos' }] })
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

  it('may differ from the source, and must be unique', async () => {
    const { answers, questions } = await runStory({
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

  it('must differ on the same connection', async () => {
    const { answers, questions } = await runStory({
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

  it('offers the bucket that was entered, also if it does not exist yet', async () => {
    const port = new FakeWizardPort({ [SOURCE]: endpointWith('one'), [TARGET]: { ...endpointWith(), mayNotList: true } }, [
      OFFICE,
      BACKUP,
    ])
    const { answers, screen } = await runStory({
      port,
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

  it('are confirmed separately, after the YES', async () => {
    const { answers, questions, screen } = await runStory({ script: [...WHOLE, ['Type DELETE', 'DELETE']], presets: { deletes } })
    expect(answers).toMatchObject({ deletes })
    expect(questions.unasked).toEqual([])
    expect(screen).toContain('DELETED at the target')
  })

  it('are left out if not confirmed', async () => {
    const { answers } = await runStory({ script: [...WHOLE, ['Type DELETE', 'no']], presets: { deletes } })
    expect(answers).toMatchObject({ source: 'office', workers: 10 })
    expect(answers).not.toHaveProperty('deletes')
  })

  it('are confirmed by --yes', async () => {
    const { answers } = await runStory({ script: WHOLE.slice(0, -1), presets: { deletes, yes: true } })
    expect(answers).toMatchObject({ deletes })
  })
})

describe('Workers', () => {
  it.each(['0', '51', '-1', '1.5', 'many', '1e1'])('explains the range for "%s" and asks again', async (wrong) => {
    const script = WHOLE.map((line): Line => (line[0] === 'Workers' ? ['Workers', wrong, '50'] : line))
    const { answers, questions } = await runStory({ script })
    expect(questions.complaints).toEqual(['Enter a whole number from 1 to 50.'])
    expect(answers).toMatchObject({ workers: 50 })
  })
})

describe('What will happen', () => {
  it('shows objects and bytes of each bucket, and which buckets will be created', async () => {
    const { screen, questions } = await runStory({ script: WHOLE })
    expect(screen).toContain('office:one → backup:one  100 objects, 1 KiB')
    expect(screen).toContain('office:two → backup:two (the bucket will be created)  100 objects, 1 KiB')
    expect(questions.released).toBe(true)
  })

  it('a key stops the count; the partial count is shown', async () => {
    const { answers, screen, questions } = await runStory({ script: WHOLE, pressed: 'key' })
    expect(screen).toContain('office:one → backup:one  at least 50 objects, 512 B')
    expect(answers).not.toHaveProperty('expected')
    expect(questions.released).toBe(true)
  })

  it('Ctrl+C during the count cancels', async () => {
    const { answers, questions } = await runStory({ script: WHOLE, pressed: 'leave' })
    expect(answers).toBe('cancelled')
    expect(questions.released).toBe(true)
  })

  it('shows why a bucket cannot be counted or reached', async () => {
    const { screen, answers } = await runStory({
      port: twoEndpoints({ ...endpointWith('one', 'two'), mayNotList: true }),
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

  it('is asked for, tried and saved for source and target if none is saved', async () => {
    const { answers, port, screen } = await runStory({
      port: twoEndpoints(undefined, []),
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
    expect([...port.saved.values()]).toEqual([
      { name: 'fresh', endpoint: SOURCE, ...KEYS },
      { name: 'other', endpoint: TARGET, region: 'eu-north-1', ...KEYS },
    ])
    expect(screen).not.toContain(SECRET)
  })

  it('with blank endpoint and keys means AWS and the default credentials', async () => {
    const port = new FakeWizardPort({ aws: { ...endpointWith('one'), accessKeyId: 'another' } })
    await runStory({
      port,
      script: [
        ['name', 'aws'],
        ['Endpoint', ''],
        ['Region', ''],
        ['Access key', ''],
        ['Access key', LEAVE],
      ],
    })
    expect(port.loginAttempts).toEqual([{ name: 'aws' }])
    expect(port.saved.size).toBe(0)
  })

  it('with a temporary access key needs a session token', async () => {
    const endpoint = { ...endpointWith('one'), accessKeyId: 'ASIAX' }
    const port = new FakeWizardPort({ aws: endpoint, [TARGET]: endpointWith() }, [BACKUP])
    await runStory({
      port,
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
    expect(port.saved.get('aws')).toEqual({ name: 'aws', accessKeyId: 'ASIAX', secretAccessKey: SECRET, sessionToken: 'token' })
  })

  it.each<[string, Line, RegExp]>([
    ['an empty name', ['Connection name', '', 'fresh'], /Enter a name/],
    ['an invalid name', ['Connection name', 'a b', 'fresh'], /holds no blank/],
    ['a name that is taken, whatever its case', ['Connection name', 'Office', 'fresh'], /already a connection "Office"/],
    ['an invalid endpoint', ['Endpoint', 'source:9000', SOURCE], /looks like https/],
    ['an invalid region', ['Region', 'north pole', ''], /holds no blank/],
    ['an access key without its secret', ['Secret key', '', SECRET], /Enter the secret key/],
  ])('explains %s and asks again', async (_, wrong, complaint) => {
    const script = [['Source connection', 'new'] as const, ...NEW.map((line) => (line[0] === wrong[0] ? wrong : line)), ...AFTER]
    const { answers, questions } = await runStory({ script })
    expect(questions.complaints).toEqual([expect.stringMatching(complaint)])
    expect(answers).toMatchObject({ source: 'fresh' })
  })

  it('asks for the keys again if they are refused, and saves nothing until they work', async () => {
    const { port, screen } = await runStory({
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
    expect(port.saved.get('fresh')).toEqual({ name: 'fresh', endpoint: SOURCE, ...KEYS })
  })

  it('asks for the endpoint again if it does not answer', async () => {
    const wrong: Line = ['Endpoint', 'http://nowhere:1']
    const { port, screen } = await runStory({
      script: [
        ['Source connection', 'new'],
        ...NEW.map((line) => (line[0] === 'Endpoint' ? wrong : line)),
        ['Endpoint', SOURCE],
        ['Region', '-'],
        ...AFTER,
      ].map((line) => line as Line),
    })
    expect(screen).toContain('Nothing answers at http://nowhere:1')
    expect(port.saved.get('fresh')).toEqual({ name: 'fresh', endpoint: SOURCE, ...KEYS })
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

  it('offers to edit the connection after three failed logins', async () => {
    const { port, questions } = await runStory({
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
    expect(port.saved.get('fresh')).toEqual({ name: 'fresh', endpoint: TARGET, region: 'eu-north-1', ...KEYS })
    expect(questions.asked.filter((message) => message.includes('Login failed'))).toHaveLength(1)
  })

  it('offers another connection after three failed logins, and does not save this one', async () => {
    const { answers, port } = await runStory({ script: [...threeFailures, ['Login failed', 'another'], ...WHOLE] })
    expect(answers).toMatchObject({ source: 'office' })
    expect(port.saved.has('fresh')).toBe(false)
  })

  it.each(Array.from(threeFailures, ([message], index) => [index, message] as const))(
    'saves nothing after Ctrl+C at question %i, "%s"',
    async (leaveAt) => {
      const { answers, port } = await runStory({ script: threeFailures, leaveAt })
      expect(answers).toBe('cancelled')
      expect([...port.saved.values()]).toEqual([OFFICE, BACKUP])
    },
  )
})

describe('A saved connection whose login fails', () => {
  const stale = { ...OFFICE, secretAccessKey: 'old' }

  it('can be edited: blank answers keep the old values', async () => {
    const { answers, port } = await runStory({
      port: twoEndpoints(undefined, [stale, BACKUP]),
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
    expect(port.saved.get('office')).toEqual(OFFICE)
  })

  it('can be tried again or replaced by another', async () => {
    const port = twoEndpoints(undefined, [stale, BACKUP])
    const { answers } = await runStory({
      port,
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
    expect(port.saved.get('office')).toEqual(stale)
  })

  it('cannot be edited if it comes from the environment', async () => {
    const port = twoEndpoints(undefined, [stale, BACKUP])
    port.fromEnvironment.add('office')
    const script: Line[] = [
      ['Source connection', 'office'],
      ['Login failed', 'Edit'],
    ]
    await expect(runStory({ port, script })).rejects.toThrow('"Edit" is not among Try again, Use another connection')
  })
})
