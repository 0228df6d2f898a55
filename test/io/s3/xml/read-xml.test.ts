import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { escapeXml } from '../../../../src/io/s3/xml/entities.js'
import { elementsIn, readXml, textIn, type XmlElement } from '../../../../src/io/s3/xml/read-xml.js'

const ERROR =
  '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>a &lt; b &amp; c</Message><Key> k </Key></Error>\n'

/** The result of a strict parser; undefined for invalid XML. */
function oracle(xml: string): XmlElement | undefined {
  const open: { name: string; text: string; children: XmlElement[] }[] = []
  let root: XmlElement | undefined
  const errors: Error[] = []
  const parser = new SaxesParser()
  parser.on('error', (error) => errors.push(error))
  parser.on('opentag', ({ name }) => open.push({ name, text: '', children: [] }))
  parser.on('text', (text) => {
    const inner = open.at(-1)
    if (inner !== undefined) inner.text += text
  })
  parser.on('closetag', () => {
    const { name, text, children } = open.pop() ?? { name: '', text: '', children: [] }
    const element = { name, text: children.length > 0 ? '' : text, children }
    const above = open.at(-1)
    if (above === undefined) root = element
    else above.children.push(element)
  })
  parser.write(xml).close()
  return errors.length > 0 ? undefined : root
}

const names = fc.constantFrom('Error', 'Code', 'Key', 'Tag', 'TagSet')
const texts = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !/[\p{Cc}\u0085\u2028\ufffe\uffff]/u.test(text))
const { element } = fc.letrec<{ element: string }>((tie) => ({
  element: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(names, texts).map(([name, text]) => `<${name}>${escapeXml(text)}</${name}>`),
    names.map((name) => `<${name}/>`),
    fc
      .tuple(names, fc.constantFrom('', '\n  '), fc.array(tie('element'), { minLength: 1, maxLength: 3 }))
      .map(([name, gap, children]) => `<${name} xmlns="http://s3">${gap}${children.join(gap)}${gap}</${name}>`),
  ),
}))

describe('an answer in XML', () => {
  it('is read as a strict parser reads it', () => {
    fc.assert(fc.property(element, (xml) => expect(readXml(xml)).toEqual(oracle(xml))))
  })

  it('that is cut anywhere fails', () => {
    const whole = ERROR.trimEnd()
    for (let length = 0; length < whole.length; length++) expect(readXml(whole.slice(0, length))).toBeUndefined()
  })

  it('that is damaged gives the result of a strict parser, or nothing, or keeps an & unchanged', () => {
    const damage = fc.tuple(element, fc.nat(200), fc.constantFrom('<', '>', '/', ' ', 'x', '<!-- -->', '<![CDATA[x]]>'))
    fc.assert(
      fc.property(damage, ([xml, at, inserted]) => {
        const where = at % (xml.length + 1)
        const read = readXml(xml.slice(0, where) + inserted + xml.slice(where))
        if (read !== undefined) expect(read).toEqual(oracle(xml.slice(0, where) + inserted + xml.slice(where)) ?? read)
      }),
    )
  })

  it.each([
    ['nothing', ''],
    ['a web page', '<!DOCTYPE html><html><body>Error<br></body></html>'],
    ['plain text', 'Client sent an HTTP request to an HTTPS server.'],
    ['two documents', '<A/><B/>'],
    ['what nests without end', '<a>'.repeat(100_000)],
  ])('is not %s', (_what, text) => {
    expect(readXml(text)).toBeUndefined()
  })
})

describe('an element in an answer', () => {
  it('is the first one of the name that has a text, at any depth', () => {
    const answer = readXml(ERROR)
    expect([textIn(answer, 'Code'), textIn(answer, 'Message'), textIn(answer, 'Key')]).toEqual(['NoSuchKey', 'a < b & c', ' k '])
    expect([textIn(answer, 'Region'), textIn(readXml('<A><B/></A>'), 'B'), textIn(undefined, 'A')]).toEqual([
      ...[undefined, undefined, undefined],
    ])
  })

  it('may have a namespace prefix', () => {
    expect(textIn(readXml('<s3:Error xmlns:s3="http://s3"><s3:Code>X</s3:Code></s3:Error>'), 'Code')).toBe('X')
  })

  it('is every one of the name', () => {
    const tags = readXml('<Tagging><TagSet><Tag><Key>a</Key></Tag><Tag><Key>b</Key></Tag></TagSet></Tagging>')
    expect(elementsIn(tags, 'Tag').map((tag) => textIn(tag, 'Key'))).toEqual(['a', 'b'])
  })

  it('is found although the server does not escape its text', () => {
    expect(textIn(readXml('<Error><Code>X</Code><Message>a & b</Message></Error>'), 'Message')).toBe('a & b')
  })
})
