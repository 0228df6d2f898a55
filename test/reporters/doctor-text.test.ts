import { describe, expect, it } from '@jest/globals'
import { CHECKS, type Finding, type Leftover } from '../../src/doctor/report.js'
import { palette } from '../../src/reporters/colors.js'
import { findingLines, jsonDoctorReport, leftoverLines, verdictCountsLine } from '../../src/reporters/doctor-text.js'

const plain = palette(false)
const finding = (verdict: Finding['verdict'], more: Partial<Finding> = {}): Finding => ({
  check: 'acl',
  verdict,
  detail: 'told',
  ...more,
})

describe('a row', () => {
  it.each([
    ['yes', '✓'],
    ['partly', '!'],
    ['no', '✗'],
    ['unknown', '?'],
  ] as const)('of %s begins with %s', (verdict, sign) => {
    expect(findingLines(finding(verdict), plain)).toEqual([`${sign} acl                 told`])
  })

  it('has its columns below those of every other, and its advice below the last', () => {
    const rows = CHECKS.map((check) => findingLines(finding('no', { check, advice: 'do' }), plain))
    expect(new Set(rows.map(([row = '']) => row.lastIndexOf('told')))).toEqual(new Set([rows[0]?.[1]?.indexOf('→')]))
  })

  it('is coloured by its sign only', () => {
    const [row = ''] = findingLines(finding('no'), palette(true))
    expect(row.replaceAll('\u001b[', '<')).toBe('<31m✗<39m acl                 told')
  })

  it('shows nothing that moves the cursor', () => {
    const lines = findingLines(finding('no', { detail: 'x\u001b[2J', advice: 'y\r' }), plain)
    expect(lines.join('')).toContain('x\\x1b[2J')
    expect(lines.join('')).toContain('→ y\\x0d')
  })
})

it.each([
  [[], ''],
  [['yes'], '1 yes'],
  [['unknown', 'no', 'yes', 'partly', 'yes'], '2 yes, 1 partly, 1 no, 1 unknown'],
] as const)('the verdicts %j are counted as %j', (verdicts, counted) => {
  expect(verdictCountsLine(verdicts.map((verdict) => finding(verdict)))).toBe(counted)
})

describe('what could not be removed', () => {
  it('is not mentioned if nothing was created', () => {
    expect(leftoverLines({ bucket: null, leftovers: [] }, plain)).toEqual([])
  })

  it('is reported as removed if nothing is left', () => {
    expect(leftoverLines({ bucket: 'b', leftovers: [] }, plain)).toEqual(['✓ All test objects were removed.'])
  })

  it('is listed by name, escaped, the first twenty', () => {
    const leftovers: readonly Leftover[] = [
      { kind: 'bucket', bucket: 'b' },
      { kind: 'object', bucket: 'b', key: 'k\n' },
      { kind: 'object', bucket: 'b', key: 'k', id: 'v1' },
      { kind: 'upload', bucket: 'b', key: 'k', id: 'u1' },
      ...Array.from({ length: 18 }, (_, i): Leftover => ({ kind: 'object', bucket: 'b', key: `o${i}` })),
    ]
    const lines = leftoverLines({ bucket: 'b', leftovers }, plain)
    expect(lines.slice(1, 5)).toEqual([
      '  bucket b',
      '  object b/k\\x0a',
      '  object b/k (version v1)',
      '  upload b/k (upload u1)',
    ])
    expect(lines.slice(-2)).toEqual(['  and 2 more', '  → Remove them by hand.'])
  })
})

it('the JSON has exact names and whether everything was removed', () => {
  const leftovers: readonly Leftover[] = [{ kind: 'object', bucket: 'b', key: 'k\n' }]
  const about = { version: '1.2.3', connection: 'c', endpoint: 'http://h' }
  expect(jsonDoctorReport({ findings: [finding('no', { advice: 'do' })], bucket: 'b', leftovers }, about)).toEqual({
    ...{ schema: 1, tool: 's3-sync', ...about, bucket: 'b' },
    checks: [{ check: 'acl', verdict: 'no', detail: 'told', advice: 'do' }],
    ...{ cleaned: false, left: leftovers },
  })
})
