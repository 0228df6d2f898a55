import { unescapeXml } from './entities.js'
import { MalformedXml, Scanner } from './scanner.js'

/** An element of a short answer: it contains either text or other elements. Names have no namespace prefix. */
export interface XmlElement {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlElement[]
}

/** No answer of S3 nests deeper than four levels; a malicious one must not overflow the stack. */
const DEEPEST = 20

/** Parses an answer that is not a listing page; undefined if it is not XML. The time depends only on its length. */
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

/** The text of the first element with that name, at any depth; undefined if it is missing or empty. */
export function textIn(element: XmlElement | undefined, name: string): string | undefined {
  if (element === undefined) return undefined
  if (element.name === name && element.text !== '') return element.text
  for (const child of element.children) {
    const found = textIn(child, name)
    if (found !== undefined) return found
  }
  return undefined
}

/** All elements with that name, in document order; of nested ones, only the outermost. */
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
