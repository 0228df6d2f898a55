import { unescapeXml } from './entities.js'
import { MalformedXml, Scanner } from './scanner.js'

/** An element of a short answer: it holds either text or other elements. Names are without their namespace's prefix. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

/** No answer of S3 nests deeper than four; a hostile one must not fill the stack. */
const DEEPEST = 20

/** Reads an answer that is no listing page; undefined where it is no XML. Time grows with its length and with nothing else. */
export function readXml(content: Uint8Array | string): XmlElement | undefined {
  const scanner = new Scanner(typeof content === 'string' ? content : Buffer.from(content).toString())
  try {
    scanner.prolog()
    const root = elementAt(scanner, 0)
    scanner.end()
    return root
  } catch (error) {
    if (error instanceof MalformedXml) return undefined
    throw error
  }
}

/** The text of the first element of that name, at any depth; undefined where there is none, or nothing in it. */
export function textIn(element: XmlElement | undefined, name: string): string | undefined {
  if (element === undefined) return undefined
  if (element.name === name && element.text !== '') return element.text
  for (const child of element.children) {
    const found = textIn(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** All elements of that name, in their order; those inside one another once. */
export function elementsIn(element: XmlElement | undefined, name: string): readonly XmlElement[] {
  if (element === undefined) return []
  return element.name === name ? [element] : element.children.flatMap((child) => elementsIn(child, name))
}

function elementAt(scanner: Scanner, depth: number): XmlElement {
  if (depth > DEEPEST) throw new MalformedXml('elements inside one another without end')
  const tag = scanner.open()
  const name = tag.slice(tag.indexOf(':') + 1)
  if (!scanner.holdsElements()) return { name, text: unescapeXml(scanner.rawText(tag)), children: [] }
  const children: XmlElement[] = []
  while (!scanner.closes(tag)) children.push(elementAt(scanner, depth + 1))
  return { name, text: '', children }
}
