import { Readable } from 'node:stream'
import { asBody } from '../../src/pipeline/ports/body.js'
import type { ObjectStore } from '../../src/pipeline/ports/object-store.js'
import type { Content, Written } from '../../src/pipeline/ports/objects.js'
import type { MultipartUploads } from '../../src/pipeline/ports/store-facets.js'
import { MemoryStore, type MemoryStoreOptions } from './memory-store.js'

/** What happens to bytes on their way; the length stays, since every HTTP client notices another one. */
export const DAMAGES = ['flip', 'drop', 'repeat', 'swap', 'zero'] as const
export type Damage = (typeof DAMAGES)[number]

/** The damage to the next body, or none; `at` in [0, 1) is the place in the body. */
export type Noise = () => { readonly damage: Damage; readonly at: number } | undefined

/** Damages bytes in the middle of a body. Only a body of equal bytes may stay as it was. */
export function damaged(bytes: Buffer, damage: Damage, at: number): Buffer {
  const copy = Buffer.from(bytes)
  const place = Math.floor(at * copy.length)
  const length = Math.min(16, copy.length - place)
  switch (damage) {
    case 'flip':
      copy.writeUInt8(copy.readUInt8(place) ^ (1 << (place % 8)), place)
      break
    case 'drop':
      bytes.copy(copy, place, place + 1)
      break
    case 'repeat':
      bytes.copy(copy, Math.min(place + 1, copy.length - 1), place, place + length)
      break
    case 'swap':
      copy.subarray(place, place + length).reverse()
      break
    case 'zero':
      copy.fill(0, place, place + length)
      break
  }
  return copy
}

/** A store behind a wire that damages some bodies in either direction. */
export class NoisyStore extends MemoryStore {
  constructor(
    options: MemoryStoreOptions,
    private readonly noise: Noise,
    /** It does not look at the digest that comes with a write. */
    private readonly ignoresDigests = false,
  ) {
    super(options)
  }

  override async get(request: Parameters<ObjectStore['get']>[0]) {
    const answer = await super.get(request)
    const bytes = await this.onTheWay(answer.body)
    return { ...answer, body: Readable.from(inPieces(bytes), { objectMode: false }) }
  }

  override async put(request: Parameters<ObjectStore['put']>[0]): Promise<Written> {
    const body = Readable.from(inPieces(await this.onTheWay(request.body)), { objectMode: false })
    const { md5, checksum, ...others } = request
    return super.put(this.ignoresDigests ? { ...others, body } : { ...others, md5, checksum, body })
  }

  override async uploadPart(request: Parameters<MultipartUploads['uploadPart']>[0]) {
    const body = Readable.from(inPieces(await this.onTheWay(request.body)), { objectMode: false })
    return super.uploadPart({ ...request, body })
  }

  private async onTheWay(content: Content): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    for await (const chunk of asBody(content)) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const noise = bytes.length === 0 ? undefined : this.noise()
    return noise === undefined ? bytes : damaged(bytes, noise.damage, noise.at)
  }
}

function* inPieces(bytes: Buffer): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024)
}
