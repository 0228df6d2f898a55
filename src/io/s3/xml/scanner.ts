import { plainEtag } from '../calls/etag.js'
import { unescapeXml } from './entities.js'

/** Says why a text is no whole answer. */
export class MalformedXml extends Error {
  override readonly name = 'MalformedXml'
}

/** A page that does not tell whether others follow can't be taken for the last. */
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

/** The name of the outermost element. @throws {MalformedXml} where there is none */
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

/** Stands before the next piece of an XML text. */
export class Scanner {
  private at = 0
  /** The element just opened was `<Name/>`. */
  private empty = false

  constructor(private readonly xml: string) {}

  /** Past a byte order mark and the declaration. */
  prolog(): void {
    if (this.xml.charCodeAt(0) === 0xfeff) this.at = 1
    this.space()
    if (!this.xml.startsWith('<?xml', this.at)) return
    const end = this.xml.indexOf('?>', this.at)
    if (end < 0) throw cut()
    this.at = end + 2
  }

  /** The name of the element that begins here. */
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

  /** The text up to the end of the element `name`, which was just opened and holds nothing else. */
  text(name: string): string {
    const text = this.rawText(name)
    if (text.includes('&') && STRAY.test(text)) throw new MalformedXml('an & that begins no character')
    return unescapeXml(text)
  }

  /** Whether other elements come first in the element that was just opened. */
  holdsElements(): boolean {
    if (this.empty) return false
    const start = this.at
    this.space()
    const holds = this.xml.charCodeAt(this.at) === LT && this.xml.charCodeAt(this.at + 1) !== SLASH
    this.at = start
    return holds
  }

  /** As {@link text}, escaped as it came, with whatever `&` there is. */
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

  /** The ETag that was just opened. Most servers write its quotes as entities, for which no one need look in every character. */
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

  /** Past the element `name`, which was just opened, and all that it holds. */
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

  /** Whether the element `name` ends here; then past its end. */
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

  /** Nothing may follow. */
  end(): void {
    this.space()
    if (this.at !== this.xml.length) throw new MalformedXml('something behind its end')
  }

  private space(): void {
    for (let code = this.xml.charCodeAt(this.at); code <= 32; code = this.xml.charCodeAt(this.at)) this.at++
  }
}

/** The elements of every object, by the length of their names: found without taking the name out of the text. */
const KNOWN: readonly (readonly string[] | undefined)[] = [3, 4, 8, 12].reduce<string[][]>((all, length) => {
  all[length] = ['Key', 'Size', 'ETag', 'Contents', 'LastModified', 'StorageClass'].filter((name) => name.length === length)
  return all
}, [])
const NONE: readonly string[] = []

function cut(): MalformedXml {
  return new MalformedXml('a page that is cut short')
}
