import { describe, expect, it } from '@jest/globals'
import { parseArguments } from '../../../src/cli/args/parse.js'
import { placesOf } from '../../../src/cli/args/places.js'

const BOTH = { source: 'a:x', target: 'b:y' }

/** Where a program reads why a run could not start, it reads of which run. */
describe('SOURCE and TARGET of a command line', () => {
  it.each<[line: string, places: object]>([
    ['a:x b:y', BOTH],
    ['sync a:x/dir/ ./here', { source: 'a:x/dir/', target: './here' }],
    ['verify a:x b:y', BOTH],
    ['a: b: --buckets all', { source: 'a:', target: 'b:' }],
    ['a:x b:y c:z', BOTH],
    ['a:x b:y --json --events', BOTH],
    ['a:x b:y --deep', BOTH],
    ['a:x b:y --exclude-from nowhere', BOTH],
    ['verify a:x b:y --delete', BOTH],
    ['sync a:x photos', { source: 'a:x', target: 'photos' }],
    ['a:x', { source: 'a:x' }],
    ['verify a:x', { source: 'a:x' }],
    // Of an option that does not exist it is unknown whether the next word is its value.
    ['a:x b:y --wrkers 3', {}],
    ['photos b:y', {}],
    ['', {}],
    ['connections show a', {}],
    ['runs show 20261127', {}],
    ['doctor a b', {}],
    ['--help', {}],
  ])('of `%s` are %j', (line, places) => {
    const words = line.split(' ').filter((word) => word !== '')
    expect(placesOf(parseArguments(words, { isTerminal: false, globFiles: () => undefined }))).toEqual(places)
  })
})
