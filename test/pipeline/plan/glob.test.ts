import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { performance } from 'node:perf_hooks'
import { commonBeginning, type Glob, readGlob } from '../../../src/pipeline/plan/glob.js'
import { anyGlob, anyName, matchesPlainly } from '../../support/globs.js'

function read(glob: string, ignoreCase = false): Glob {
  const answer = readGlob(glob, ignoreCase)
  if ('problem' in answer) throw new Error(`${glob}: ${answer.problem}`)
  return answer
}

const DECISIONS: readonly (readonly [what: string, glob: string, matches: readonly string[], others: readonly string[]])[] = [
  ['no "/": the last segment, at any depth', '*.jpg', ['a.jpg', 'x/a.jpg', 'x/y/.a.jpg', '.jpg'], ['a.jpg/x', 'a.jpeg', 'xjpg']],
  ['no "/": a whole segment', 'tmp', ['tmp', 'x/tmp'], ['tmp/x', 'tmp1', 'atmp']],
  ['no "/": `*` is every name', '*', ['a', 'x/y/z', '.a', 'x/', 'a\nb'], []],
  ['a "/" within: from the top', 'x/*.jpg', ['x/a.jpg'], ['y/x/a.jpg', 'x/y/a.jpg', 'a.jpg']],
  ['a "/" in front: from the top', '/bin', ['bin'], ['x/bin', '/bin', 'bin/x']],
  ['a "/" in front of a path', '/bin/*', ['bin/a', 'bin/'], ['x/bin/a', '/bin/a']],
  ['a "./" in front: from the top', './css/**', ['css/a', 'css/x/y'], ['x/css/a', 'css', './css/a']],
  ['only one is taken away in front', '//x', ['/x'], ['x', '//x']],
  ['a "/" at the end: all that is below', 'dir/', ['dir/a', 'dir/x/y', 'dir/', 'dir/.x', 'dir//'], ['dir', 'x/dir/a', 'dir2/a']],
  ['a "/" at the end, with wildcards', '*.d/', ['a.d/x', '.d/x/y'], ['x/a.d/y', 'a.d']],
  ['nothing but "/": all', '/', ['a', 'x/y', '.', '//'], []],
  ['nothing but "./": all', './', ['a', 'x/y'], []],
  ['`*` stays within a segment', 'a/*/c', ['a/b/c', 'a//c', 'a/.b/c'], ['a/c', 'a/b/b/c']],
  ['`*` may be nothing', 'a*b', ['ab', 'axb', 'x/ab'], ['a/b']],
  ['`?` is one character, of whatever length', '?', ['a', 'é', '🚀', '\n', 'x/a'], ['ab', '']],
  ['`**` is every key', '**', ['a', 'x/y', '.', '..', 'a/../b', './a', '//', '/a', 'a//b', 'a\n', '\r\n', '.x/.y', '🚀/\0'], []],
  ['`**` at the end', 'a/**', ['a/b', 'a/', 'a/../b', 'a//', 'a/\n'], ['a', 'b/a/c']],
  ['`**/` in front: any depth, the top too', '**/b', ['b', 'a/b', 'a/../b', '//b', '.x/b'], ['ab', 'a/bb', 'b/a']],
  ['`**/` within', 'a/**/b', ['a/b', 'a/x/b', 'a/x/y/b', 'a//b'], ['a/xb', 'ab', 'x/a/b']],
  ['`**` within a segment', 'a**/b', ['a/b', 'axx/b', 'ax/y/b'], ['ab', 'ax/yb', 'b']],
  ['`***` is `**`', 'a/***', ['a/b/c'], ['a']],
  ['a class', '[abc]x', ['ax', 'y/bx'], ['dx', 'x', 'abx']],
  ['a range', '[a-c0-9]', ['b', '7'], ['d', '-', 'bb']],
  ['not, with "!"', '[!a]', ['b', '!', 'x/c'], ['a', '']],
  ['not, with "^"', '[^a]', ['b', '^'], ['a']],
  ['a class is never a "/"', 'x[!a]y', ['xby', 'x/xby'], ['x/y', 'xay']],
  ['"]" comes first', '[]a]', [']', 'a'], ['b', '[']],
  ['"-" stands at an end', '[a-]', ['a', '-'], ['b']],
  ['escapes within a class', '[\\]\\-a]', [']', '-', 'a'], ['\\', 'b']],
  ['characters above U+FFFF', '[🚀-🚂]', ['🚀', '🚁'], ['🛸', '\ud83d']],
  ['alternatives', '*.{jpg,png}', ['a.jpg', 'x/a.png'], ['a.gif', 'a.{jpg,png}']],
  ['alternatives within each other', '{a,b{1,2}}c', ['ac', 'b1c', 'b2c'], ['bc', 'b1']],
  ['an empty alternative', 'a{,.bak}', ['a', 'a.bak'], ['a.']],
  ['a "/" within alternatives: from the top', '{a/b,c}', ['a/b', 'c'], ['x/c', 'x/a/b']],
  ['braces without a comma are themselves', '{id}', ['{id}'], ['id']],
  ['parentheses are themselves', 'a (1).txt', ['a (1).txt', 'x/a (1).txt'], ['a 1.txt']],
  ['also with words', 'archive (old)/**', ['archive (old)/x'], ['archive old/x']],
  ['also with a bar', '(a|b)', ['(a|b)'], ['a', 'b']],
  ['also alone', 'a)(', ['a)('], []],
  ['one of', '@(a|b).txt', ['a.txt', 'x/b.txt'], ['c.txt', 'ab.txt', '.txt']],
  ['one of or none', 'a?(b|c)', ['a', 'ab', 'ac'], ['abc', 'ad']],
  ['one or more', '+(ab)', ['ab', 'abab'], ['', 'aba']],
  ['none, one or more', 'x*(a|b)', ['x', 'xa', 'xbab'], ['xc']],
  ['not one of', '!(a|b)', ['c', 'ab', '', 'x/c'], ['a', 'b', 'x/a']],
  ['not, and something behind it', '!(*.tmp).txt', ['a.txt', 'tmp.txt'], ['a.tmp.txt', 'a.tmp']],
  ['not, from the top', 'x/!(a)', ['x/b', 'x/ab'], ['x/a', 'x/b/c', 'y/b']],
  ['a group within a group', '@(a+(1|2)|b)', ['a1', 'a21', 'b'], ['a']],
  ['parentheses within a group', '@(a (1)|b)', ['a (1)', 'b'], ['a 1', 'a (1']],
  ['an escape', '\\*\\?\\[\\{\\(\\\\', ['*?[{(\\'], ['a?[{(\\']],
  ['"!" in front is itself', '!a', ['!a'], ['b', 'a']],
  ['nothing is special beside these', 'a.b+c^d$|#~', ['a.b+c^d$|#~'], ['axb+c^d$|#~']],
]

describe('a glob', () => {
  it.each(DECISIONS)('%s: %s', (_what, glob, matches, others) => {
    const { matches: does } = read(glob)
    expect(matches.filter((name) => !does(name))).toEqual([])
    expect(others.filter(does)).toEqual([])
  })

  it.each([
    ['[abc', /"\[" is not closed/],
    ['[]', /"\[" is not closed/],
    ['[!]', /"\[" is not closed/],
    ['a/{b,c', /"{" is not closed/],
    ['{a', /"{" is not closed/],
    ['@(a|b', /"@\(" is not closed/],
    ['!(a', /"!\(" is not closed/],
    ['@(a(b)', /"@\(" is not closed/],
    ['a\\', /nothing behind the last "\\"/],
    ['[a\\', /nothing behind the last "\\"/],
    ['[z-a]', /runs backwards/],
    ['[a/b]', /never a "\/"/],
    ['[[:alpha:]]', /not supported/],
    ['{1..3}', /ranges/],
    ['!(a|!(b))', /not supported/],
  ])('%s can’t be read', (glob, why) => {
    expect(readGlob(glob, false)).toMatchObject({ problem: expect.stringMatching(why) })
  })

  it.each(['{', '@('])('of thousands of %s within each other can’t be read', (opening) => {
    expect(readGlob(opening.repeat(5_000), false)).toMatchObject({ problem: expect.stringMatching(/nested/) })
  })

  it.each([
    ['*.JPG', 'x/a.jpg'],
    ['*.jpg', 'X/A.JPG'],
    ['[a-c]X', 'Bx'],
    ['[A-C]x', 'bX'],
    ['ÉTÉ/*', 'été/x'],
    ['ΣΑΣ', 'σας'],
    ['+(AB)', 'aBAb'],
  ])('ignoring case, %s is also %s', (glob, name) => {
    expect(read(glob, true).matches(name)).toBe(true)
    expect(read(glob, false).matches(name)).toBe(false)
  })

  it('matches what its grammar defines, for any glob and name', () => {
    fc.assert(
      fc.property(anyGlob, anyName, (glob, name) => {
        expect(read(glob.text).matches(name)).toBe(matchesPlainly(glob, name))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is parsed or refused, for any input', () => {
    const typed = fc
      .array(fc.constantFrom(...Array.from('a/.*?[]{},()!@+|\\^-🚀')), { maxLength: 12 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(typed, anyName, (glob, name) => {
        const answer = readGlob(glob, false)
        if ('problem' in answer) expect(answer.problem).toMatch(/^\S.*\.$/)
        else if (answer.matches(name)) expect(name.startsWith(answer.begins)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    ['*a*a*a*a*a*a*a*a*b', 'a'],
    ['**a**a**a**a**a**b', 'a'],
    ['*-*-*-*-*-*-*.log', '-'],
    ['+(a|aa|aaa)b', 'a'],
    ['*(*(*(a)))b', 'a'],
    ['*!(*a*b)*!(a)b', 'a'],
    ['**/**/**/**/**/b', 'a/'],
    ['{a,aa,*}{a,aa,*}{a,aa,*}{a,aa,*}b', 'a'],
  ])('%s takes bounded time for any name', (glob, part) => {
    const { matches } = read(glob)
    const name = part.repeat(1_024 / part.length)
    const begun = performance.now()
    expect(matches(name)).toBe(false)
    // A backtracking matcher would never finish; this one needs milliseconds.
    expect(performance.now() - begun).toBeLessThan(20_000)
  })
})

describe('the common beginning of names', () => {
  it.each([
    ['logs/2026/**', 'logs/2026/'],
    ['logs/2026-*.gz', 'logs/2026-'],
    ['/exact', 'exact'],
    ['./a/b', 'a/b'],
    ['dir/', 'dir/'],
    ['a\\*b/c', 'a*b/c'],
    ['a (1)/b*', 'a (1)/b'],
    ['{a}/b', '{a}/b'],
    ['{a,b}/c', ''],
    ['exact', ''],
    ['*/a', ''],
    ['@(a|b)/c', ''],
    ['a@(b)/c', 'a'],
  ])('%s: %j', (glob, begins) => {
    expect(read(glob).begins).toBe(begins)
  })

  it('is unknown when case is ignored', () => {
    expect(read('logs/**', true).begins).toBe('')
  })

  it('of several globs consists of whole characters: servers do not know half of one as a prefix', () => {
    expect(commonBeginning(['x/🚀', 'x/🛸'])).toBe('x/')
    expect(commonBeginning(['x/🚀a', 'x/🚀b'])).toBe('x/🚀')
  })
})
