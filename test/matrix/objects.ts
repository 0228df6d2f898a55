import type { PutObjectCommandInput } from '@aws-sdk/client-s3'
import { seededBytes } from '../support/random.js'

const MiB = 2 ** 20

/** An object of the set: what the plain SDK writes to each source. */
export type Odd = Omit<PutObjectCommandInput, 'Bucket' | 'Key' | 'Body'> & { readonly Body: Buffer }

/** Sizes around the limits of the tool: one buffer, one part, many parts, bytes. */
const SIZES = [0, 1, 2, 1023, 4096, 65_535, 65_536, MiB - 1, MiB, MiB + 1, 5 * MiB, 8 * MiB - 1, 8 * MiB + 1, 17 * MiB, 80 * MiB]

const KEYS = [
  ...['with space', ' leading space', 'trailing space ', 'two  spaces', 'plus+sign', '+', 'percent%', 'percent%20literal', '%2F'],
  ...['a&b=c', 'question?mark', 'hash#sign', 'semi;colon', 'at@sign', 'colon:name', 'comma,name', "it's (one)*!", '"quotes"'],
  ...['<xml>', 'back\\slash', '[brackets]', '{braces}', 'pipe|tilde~', 'dollar$', 'caret^`', 'ümlaut/日本語', '😀/\u{10FFFF}'],
  ...[
    'e\u0301 decomposed',
    'é composed',
    'مرحبا',
    '/lead',
    'double//slash',
    'trailing/',
    'dots/../up',
    './here',
    '..',
    '.hidden',
  ],
  ...['end.', 'UPPER', 'upper', 'a/b/c/d/e/f/g', `${'d'.repeat(100)}/${'k'.repeat(100)}`, 'k'.repeat(255)],
]

const ATTRIBUTES: readonly Omit<PutObjectCommandInput, 'Bucket' | 'Key' | 'Body'>[] = [
  { ContentType: 'text/plain; charset=utf-8' },
  { CacheControl: 'max-age=60' },
  { ContentDisposition: 'attachment; filename="a b.txt"' },
  { ContentLanguage: 'de' },
  { ContentEncoding: 'identity' },
  { Expires: new Date('2033-12-01T16:00:00Z') },
  { Tagging: 'team=docs&state=in%20review' },
  { Metadata: { title: 'a title', 'with-dash': 'x=y; z' } },
  { ContentType: 'image/svg+xml', CacheControl: 'no-cache', Metadata: { mtime: '1700000000.25' } },
]

/** A pattern of a prime length, so that no two parts are equal. */
const bytes = (size: number, seed: number): Buffer => Buffer.alloc(size, seededBytes(seed, 65_537))

/** By key, with the size of its parts: what a tool writes that uploads in parts. */
export const IN_PARTS: Readonly<Record<string, { readonly Body: Buffer; readonly partSize: number }>> = {
  'parts/equal': { Body: bytes(15 * MiB, 500), partSize: 5 * MiB },
  'parts/shorter last': { Body: bytes(17 * MiB + 1, 501), partSize: 8 * MiB },
  'parts/one': { Body: bytes(5 * MiB, 502), partSize: 5 * MiB },
}

/** By key; the bytes of each differ. */
export const OBJECTS: Readonly<Record<string, Odd>> = Object.fromEntries([
  ...SIZES.map((size, i) => [`sizes/${size}`, { Body: bytes(size, i) }] as const),
  ...KEYS.map((key, i) => [key, { Body: bytes(100 + i, 100 + i) }] as const),
  ...ATTRIBUTES.map((more, i) => [`attributes/${i}`, { Body: bytes(300 + i, 300 + i), ...more }] as const),
])
