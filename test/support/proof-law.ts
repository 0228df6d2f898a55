import { createHash } from 'node:crypto'
import fc from 'fast-check'
import type { CopyProof } from '../../src/pipeline/events/reasons.js'
import { ofType, VirtualWorld } from '../pipeline/harness.js'
import { md5 } from './memory-store.js'
import { DAMAGES, NoisyStore } from './noisy-store.js'
import { seededRandom } from './random.js'

const MiB = 2 ** 20

/** What a source tells about an object's bytes. */
const KINDS = ['plain', 'one part', 'opaque', 'invented', 'rotten'] as const
type Kind = (typeof KINDS)[number]

/** A run over objects of these kinds, with a wire that damages bodies with a probability in percent, on either side. */
export const noisyRun = fc.record({
  objects: fc.array(fc.record({ kind: fc.constantFrom(...KINDS), size: fc.integer({ min: 0, max: 300 }) }), {
    minLength: 1,
    maxLength: 6,
  }),
  /** In one run of four, an object above the part threshold: its parts are those of the source, or not. */
  large: fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('plain', 'equal parts', 'other parts', 'opaque') },
  ),
  /** Whether it is copied in one piece if its ETag is its MD5. */
  keepsMd5: fc.boolean(),
  /** A server that tells no MD5s and does not check those that it gets either could only be read back: none is known. */
  target: fc.constantFrom(
    { md5: true, checksums: false, ignoresDigests: false },
    { md5: true, checksums: false, ignoresDigests: true },
    { md5: true, checksums: true, ignoresDigests: false },
    { md5: false, checksums: false, ignoresDigests: false },
  ),
  percent: fc.constantFrom(0, 5, 30),
  seed: fc.integer(),
})
export type NoisyRun = typeof noisyRun extends fc.Arbitrary<infer T> ? T : never

/** What a run says of an object with wrong bytes at the target; empty if every copy is right or says that nobody could know. */
export async function wrongCopies({
  objects,
  large,
  keepsMd5,
  target: traits,
  percent,
  seed,
}: NoisyRun): Promise<readonly string[]> {
  const random = seededRandom(seed)
  const noise = (damages: { count: number }) => () => {
    if (random() * 100 >= percent) return undefined
    damages.count++
    return { damage: DAMAGES[Math.floor(random() * DAMAGES.length)] ?? 'flip', at: random() }
  }
  const [reading, writing] = [{ count: 0 }, { count: 0 }]
  const source = new NoisyStore({}, noise(reading))
  const { ignoresDigests, ...options } = traits
  const target = new NoisyStore(options, noise(writing), ignoresDigests)
  const truth = new Map<string, Buffer>()
  objects.forEach(({ kind, size }, index) => {
    const key = `${index}`
    const bytes = Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)))
    truth.set(key, bytes)
    source.seed('media', key, bytes, { etag: etagOf(kind, bytes) })
  })
  if (large !== undefined) {
    const bytes = Buffer.alloc(2 * MiB + 7, `${seed} large `)
    truth.set('large', bytes)
    source.seed('media', 'large', bytes, largeAs(large, bytes))
  }
  const plan = { partThreshold: MiB, partSize: MiB, largestWhole: keepsMd5 ? 4 * MiB : 0 }
  const events = await new VirtualWorld(source, target).run({ workers: 2, retries: 3, ...plan })
  const copied = new Map(ofType(events, 'object-copied').map(({ key, proof }) => [key, proof]))
  return [...copied].flatMap(([key, proof]) => {
    const expected = truth.get(key)
    const found = target.object('media', key)?.bytes
    if (expected === undefined || found?.equals(expected) === true) return []
    return isExcused(proof, reading.count) ? [] : [`${key} is wrong, and proven by ${proof ?? 'nothing'}`]
  })
}

/** Only damage to a reading that the source tells nothing about can go unnoticed, and then the proof says so. */
function isExcused(proof: CopyProof | undefined, readingsDamaged: number): boolean {
  return readingsDamaged > 0 && (proof === 'sent' || proof === 'read-back')
}

function etagOf(kind: Kind, bytes: Buffer): string {
  switch (kind) {
    case 'plain':
      return md5(bytes)
    case 'one part':
      return `${md5(createHash('md5').update(bytes).digest())}-1`
    case 'opaque':
      return `opaque-${bytes.length}`
    case 'invented':
      return md5(Buffer.from(`invented ${bytes.length}`))
    case 'rotten':
      return md5(Buffer.concat([bytes, Buffer.from('rot')]))
  }
}

function largeAs(kind: NonNullable<NoisyRun['large']>, bytes: Buffer): { readonly etag: string; readonly partSize?: number } {
  const ofParts = (size: number): string => {
    const digest = createHash('md5')
    const count = Math.ceil(bytes.length / size)
    for (let at = 0; at < bytes.length; at += size)
      digest.update(
        createHash('md5')
          .update(bytes.subarray(at, at + size))
          .digest(),
      )
    return `${digest.digest('hex')}-${count}`
  }
  if (kind === 'plain') return { etag: md5(bytes) }
  if (kind === 'opaque') return { etag: 'opaque' }
  const partSize = kind === 'equal parts' ? MiB : MiB / 2
  return { etag: ofParts(partSize), partSize }
}
