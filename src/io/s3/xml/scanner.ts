import { plainEtag } from '../calls/etag.js'
import { unescapeXml } from './entities.js'

/** The text is not a complete answer; the message says why. */
export class MalformedXml extends Error {
  override readonly name = 'MalformedXml'
}

/** A page must state whether others follow: otherwise it could be mistaken for the last one. */
export function flagOf(text: string | undefined): boolean {
  if (text !== 'true' && text !== 'false') throw new MalformedXml('a page that does not tell whether it is the last')
  return text === 'true'
}

export function numberOf(text: string): number {
  const value = Number(text)
  if (text === '' || !Number.isSafeInteger(value)) throw new MalformedXml('a size that is no number')
  return value
}

export function timeOf(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new MalformedXml('a time that is none')
  return time
}

/** The name of the root element. @throws {MalformedXml} when it is missing */
export function rootOf(xml: string): string {
  const scanner = new Scanner(xml)
  scanner.prolog()
  return scanner.open()
}

const LT = 60
const GT = 62
const SLASH = 47
const QUOTE = '&quot;'
const STRAY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/
const NAME = /^[A-Za-z_][\w.:-]*$/

/** Reads an XML text piece by piece. */
export class Scanner {
  private at = 0
  /** The element just opened was `<Name/>`. */
  private empty = false

  constructor(private readonly xml: string) {}

  /** Skips a byte order mark and the declaration. */
  prolog(): void {
    if (this.xml.charCodeAt(0) === 0xfeff) this.at = 1
    this.space()
    if (!this.xml.startsWith('<?xml', this.at)) return
    const end = this.xml.indexOf('?>', this.at)
    if (end < 0) throw cut()
    this.at = end + 2
  }

  /** Reads the opening tag that begins here; returns its name. */
  open(): string {
    this.space()
    if (this.xml.charCodeAt(this.at) !== LT) throw cut()
    const end = this.xml.indexOf('>', this.at)
    if (end < 0) throw cut()
    for (const name of KNOWN[end - this.at - 1] ?? NONE) {
      if (!this.xml.startsWith(name, this.at + 1)) continue
      this.empty = false
      this.at = end + 1
      return name
    }
    this.empty = this.xml.charCodeAt(end - 1) === SLASH
    const tag = this.xml.slice(this.at + 1, this.empty ? end - 1 : end)
    this.at = end + 1
    const gap = tag.search(/\s/)
    const name = gap < 0 ? tag : tag.slice(0, gap)
    if (!NAME.test(name)) throw new MalformedXml('a tag that is none')
    return name
  }

  /** The text up to the end of the element `name`, which was just opened and contains only text. */
  text(name: string): string {
    const text = this.rawText(name)
    if (text.includes('&') && STRAY.test(text)) throw new MalformedXml('an & that begins no character')
    return unescapeXml(text)
  }

  /** Whether the element that was just opened begins with another element. */
  holdsElements(): boolean {
    if (this.empty) return false
    const start = this.at
    this.space()
    const holds = this.xml.charCodeAt(this.at) === LT && this.xml.charCodeAt(this.at + 1) !== SLASH
    this.at = start
    return holds
  }

  /** Like {@link Scanner.text}, but not unescaped. */
  rawText(name: string): string {
    if (this.empty) {
      this.empty = false
      return ''
    }
    const end = this.xml.indexOf('<', this.at)
    if (end < 0) throw cut()
    const text = this.xml.slice(this.at, end)
    this.at = end
    if (!this.closes(name)) throw new MalformedXml(`an element ${name} that holds others`)
    return text
  }

  /** The text of the ETag element that was just opened. Most servers write its quotes as entities; that form needs no unescaping. */
  etag(): string {
    const start = this.at + QUOTE.length
    const end = this.xml.indexOf('<', this.at) - QUOTE.length
    const isPlain = end >= start && this.xml.startsWith(QUOTE, this.at) && this.xml.indexOf('&', start) === end
    if (!isPlain || !this.xml.startsWith(QUOTE, end)) return plainEtag(this.text('ETag'))
    const etag = this.xml.slice(start, end)
    this.at = end + QUOTE.length
    if (!this.closes('ETag')) throw new MalformedXml('an ETag that holds others')
    return etag
  }

  /** Skips the element `name`, which was just opened, with its content. */
  skip(name: string): void {
    const open = [name]
    for (let inner = open.at(-1); inner !== undefined; inner = open.at(-1)) {
      if (this.empty) {
        this.empty = false
        open.pop()
        continue
      }
      const next = this.xml.indexOf('<', this.at)
      if (next < 0) throw cut()
      this.at = next
      if (this.closes(inner)) open.pop()
      else open.push(this.open())
    }
  }

  /** Whether the element `name` ends here; if so, skips its end tag. */
  closes(name: string): boolean {
    if (this.empty) {
      this.empty = false
      return true
    }
    this.space()
    if (this.xml.charCodeAt(this.at + 1) !== SLASH) return false
    const end = this.at + 2 + name.length
    if (!this.xml.startsWith(name, this.at + 2) || this.xml.charCodeAt(end) !== GT)
      throw new MalformedXml(`an element ${name} that does not end`)
    this.at = end + 1
    return true
  }

  /** Fails if anything follows. */
  end(): void {
    this.space()
    if (this.at !== this.xml.length) throw new MalformedXml('something behind its end')
  }

  private space(): void {
    for (let code = this.xml.charCodeAt(this.at); code <= 32; code = this.xml.charCodeAt(this.at)) this.at++
  }
}

/** The elements of every object, by the length of their names: found without extracting the name from the text. */
const KNOWN: readonly (readonly string[] | undefined)[] = [3, 4, 8, 12].reduce<string[][]>((all, length) => {
  all[length] = ['Key', 'Size', 'ETag', 'Contents', 'LastModified', 'StorageClass'].filter((name) => name.length === length)
  return all
}, [])
const NONE: readonly string[] = []

function cut(): MalformedXml {
  return new MalformedXml('a page that is cut short')
}
