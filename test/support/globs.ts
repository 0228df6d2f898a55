import fc from 'fast-check'

/** A part of a glob, with its intended meaning. */
type Meant =
  | { readonly is: 'text'; readonly text: string }
  | { readonly is: 'one' | 'star' | 'anything' | 'segments' }
  | { readonly is: 'class'; readonly not: boolean; readonly characters: readonly string[] }
  | { readonly is: 'braces' | '@' | '?' | '+' | '*' | '!'; readonly alternatives: readonly (readonly Meant[])[] }

/** A glob with its intended meaning. */
export interface MeantGlob {
  readonly text: string
  readonly parts: readonly Meant[]
  readonly anchor: '' | '/' | './'
  readonly isDirectory: boolean
}

const CHARACTERS = ['a', 'b', '/', '.', '(', ')', '*', '🚀', '🛸', '\n'] as const

/** Names of few different characters, so that globs of the same characters often match. */
export const anyName = fc.array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 7 }).map((parts) => parts.join(''))

const text = fc.array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 2 }).map((parts): Meant => ({
  is: 'text',
  text: parts.join(''),
}))
const wildcard = fc.constantFrom<Meant>({ is: 'one' }, { is: 'star' }, { is: 'star' }, { is: 'anything' }, { is: 'segments' })
const aClass = fc.record<Meant & { is: 'class' }>({
  is: fc.constant('class'),
  not: fc.boolean(),
  characters: fc.array(fc.constantFrom('a', 'b', '.', '🚀'), { minLength: 1, maxLength: 2 }),
})
const simple = fc.oneof({ weight: 4, arbitrary: text }, { weight: 3, arbitrary: wildcard }, aClass)

function group(inner: fc.Arbitrary<Meant>, kinds: readonly ('braces' | '@' | '?' | '+' | '*' | '!')[]): fc.Arbitrary<Meant> {
  return fc.record({
    is: fc.constantFrom(...kinds),
    // Braces without a comma are text.
    alternatives: fc.array(fc.array(inner, { maxLength: 2 }), { minLength: 2, maxLength: 3 }),
  })
}

const nested = fc.oneof({ weight: 4, arbitrary: simple }, group(simple, ['braces', '@', '?', '+', '*']))
const part = fc.oneof({ weight: 5, arbitrary: simple }, group(nested, ['braces', '@', '?', '+', '*', '!']))

const said = (text: string): Meant => ({ is: 'text', text })
/** Typical globs: more names match these. */
const usual: fc.Arbitrary<readonly Meant[]> = fc.constantFrom<readonly Meant[]>(
  ...([[{ is: 'star' }], [{ is: 'anything' }], [said('a')], [said('🚀/'), { is: 'anything' }]] as const),
  [said('a/'), { is: 'anything' }],
  [{ is: 'segments' }, said('a'), { is: 'star' }],
  [said('b'), { is: 'star' }, said('/'), { is: 'star' }],
  [{ is: 'star' }, said('é'), { is: 'star' }],
)

const unusual: fc.Arbitrary<readonly Meant[]> = fc.array(part, { minLength: 1, maxLength: 4 }).filter(isPlain)

/** Globs of the whole grammar. */
export const anyGlob: fc.Arbitrary<MeantGlob> = fc
  .record({
    parts: fc.oneof(usual, unusual),
    anchor: fc.constantFrom<'' | '/' | './'>('', '', '/', './'),
    isDirectory: fc.boolean(),
  })
  .map(({ parts, anchor, isDirectory }) => ({
    text: anchor + parts.map(written).join('') + (isDirectory ? '/' : ''),
    ...{ parts, anchor, isDirectory },
  }))
  // A glob that ends with "/" covers everything below it; one that begins with "/" is anchored at the top.
  .filter(({ text: glob, anchor, isDirectory }) => {
    const rest = glob.slice(anchor.length)
    return !(anchor === '' && /^\.?\//.test(rest)) && !rest.endsWith(isDirectory ? '**/' : '/')
  })

/** Adjacent stars would mean something else. */
function isPlain(parts: readonly Meant[]): boolean {
  const isStar = ({ is }: Meant): boolean => is === 'star' || is === 'anything'
  return parts.every(
    (one, index) =>
      !(isStar(one) && index > 0 && ['star', 'anything'].includes(parts[index - 1]?.is ?? '')) &&
      !(isStar(one) && ['segments', '*'].includes(parts[index + 1]?.is ?? '')) &&
      !(one.is === 'anything' && startsWithSlash(parts[index + 1])) &&
      (!('alternatives' in one) || one.alternatives.every(isPlain)),
  )
}

function startsWithSlash(part: Meant | undefined): boolean {
  return part?.is === 'text' && part.text.startsWith('/')
}

function written(part: Meant): string {
  switch (part.is) {
    case 'text':
      return part.text.replace(/[*()]/g, '\\$&')
    case 'one':
      return '?'
    case 'star':
      return '*'
    case 'anything':
      return '**'
    case 'segments':
      return '**/'
    case 'class':
      return `[${part.not ? '!' : ''}${part.characters.join('')}]`
    case 'braces':
      return `{${part.alternatives.map((parts) => parts.map(written).join('')).join(',')}}`
    default:
      return `${part.is}(${part.alternatives.map((parts) => parts.map(written).join('')).join('|')})`
  }
}

/** Whether a glob matches a name, by the simplest method: it tries every way to split the name. */
export function matchesPlainly({ text: glob, parts, anchor, isDirectory }: MeantGlob, name: string): boolean {
  const isAnchored = anchor !== '' || glob.includes('/')
  const subject = isAnchored ? name : name.slice(name.lastIndexOf('/') + 1)
  const below: readonly Meant[] = isDirectory ? [{ is: 'text', text: '/' }, { is: 'anything' }] : []
  return all([...parts, ...below], subject, 0, (end) => end === subject.length)
}

type Then = (end: number) => boolean

function all([first, ...rest]: readonly Meant[], name: string, at: number, then: Then): boolean {
  return first === undefined ? then(at) : one(first, name, at, (end) => all(rest, name, end, then))
}

function one(part: Meant, name: string, at: number, then: Then): boolean {
  const character = Array.from(name.slice(at))[0] ?? '/'
  switch (part.is) {
    case 'text':
      return name.startsWith(part.text, at) && then(at + part.text.length)
    case 'one':
      return character !== '/' && then(at + character.length)
    case 'class':
      return character !== '/' && part.characters.includes(character) !== part.not && then(at + character.length)
    case 'star':
      return ends(name, at).some((end) => !name.slice(at, end).includes('/') && then(end))
    case 'anything':
      return ends(name, at).some(then)
    case 'segments':
      return ends(name, at).some((end) => (end === 0 || name[end - 1] === '/') && then(end))
    case 'braces':
    case '@':
      return part.alternatives.some((parts) => all(parts, name, at, then))
    case '?':
      return then(at) || part.alternatives.some((parts) => all(parts, name, at, then))
    case '*':
      return then(at) || again(part.alternatives, name, at, then)
    case '+':
      return (
        again(part.alternatives, name, at, then) ||
        (part.alternatives.some((parts) => all(parts, name, at, (end) => end === at)) && then(at))
      )
    case '!':
      return ends(name, at).some(
        (end) =>
          !name.slice(at, end).includes('/') &&
          !part.alternatives.some((parts) => all(parts, name, at, (other) => other === end)) &&
          then(end),
      )
  }
}

/** Matches once or more, and advances each time. */
function again(alternatives: readonly (readonly Meant[])[], name: string, at: number, then: Then): boolean {
  return alternatives.some((parts) =>
    all(parts, name, at, (end) => end > at && (then(end) || again(alternatives, name, end, then))),
  )
}

/** All positions after `at` that are not inside a character. */
function ends(name: string, at: number): number[] {
  const places = [at]
  for (const character of name.slice(at)) places.push((places.at(-1) ?? at) + character.length)
  return places
}
