import { asBody, discard } from '../ports/body.js'
import type { Hasher, NewHasher } from '../ports/hasher.js'
import type { Content, GetAnswer } from '../ports/objects.js'

/**
 * Reads `content` to the end and returns the ETag that S3 would give it: for a single write, the MD5 of its bytes; for parts of `partSize`
 * bytes, the MD5 of the parts' MD5s and their count. Closes the content, also on failure. Holds one chunk in memory.
 */
export async function etagOf(content: Content, partSize: number | undefined, newHasher: NewHasher): Promise<string> {
  const [etag = ''] = await etagsOf(content, [partSize], newHasher)
  return etag
}

/** The same for what an object's GET answers with. */
export async function etagRead(
  asked: Promise<Pick<GetAnswer, 'body'>>,
  partSize: number | undefined,
  newHasher: NewHasher,
): Promise<string> {
  return etagOf((await asked).body, partSize, newHasher)
}

/** The same for several part sizes in one pass. */
export async function etagsOf(
  content: Content,
  partSizes: readonly (number | undefined)[],
  newHasher: NewHasher,
): Promise<readonly string[]> {
  try {
    const etags = partSizes.map((partSize) =>
      partSize === undefined ? new WholeEtag(newHasher()) : new PartsEtag(partSize, newHasher),
    )
    for await (const chunk of asBody(content)) for (const etag of etags) etag.take(chunk)
    return etags.map((etag) => etag.end())
  } finally {
    discard(content)
  }
}

/** Reads `content` to the end and returns the digest of its bytes. Closes the content, also on failure. */
export async function digestOf(content: Content, hasher: Hasher): Promise<Uint8Array> {
  try {
    for await (const chunk of asBody(content)) hasher.update(chunk)
    return hasher.digest()
  } finally {
    discard(content)
  }
}

class WholeEtag {
  constructor(private readonly hasher: Hasher) {}

  take(chunk: Uint8Array): void {
    this.hasher.update(chunk)
  }

  end(): string {
    return hex(this.hasher.digest())
  }
}

/** Chunks have any size: one may contain many parts, and a part many chunks. */
class PartsEtag {
  private readonly digests: Hasher
  private part: Hasher
  /** bytes still missing in the current part */
  private room: number
  private ended = 0

  constructor(
    private readonly partSize: number,
    private readonly newHasher: NewHasher,
  ) {
    if (!Number.isSafeInteger(partSize) || partSize < 1) throw new RangeError(`no part has ${partSize} bytes`)
    this.digests = newHasher()
    this.part = newHasher()
    this.room = partSize
  }

  take(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length;) {
      if (this.room === 0) this.begin()
      const piece = chunk.subarray(at, at + this.room)
      this.part.update(piece)
      this.room -= piece.length
      at += piece.length
    }
  }

  end(): string {
    this.endPart()
    return `${hex(this.digests.digest())}-${this.ended}`
  }

  /** Starts a part only when there is a byte for it: no empty part follows a full last one. An empty object has one part. */
  private begin(): void {
    this.endPart()
    this.part = this.newHasher()
    this.room = this.partSize
  }

  private endPart(): void {
    this.digests.update(this.part.digest())
    this.ended++
  }
}

/** The format of digests in ETags. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** The format of checksums in headers. */
export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
