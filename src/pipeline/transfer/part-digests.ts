import { StoreError } from '../ports/failure.js'
import type { Hasher, NewHasher } from '../ports/hasher.js'
import type { Content } from '../ports/objects.js'
import type { UploadedPart } from '../ports/store-facets.js'
import { isMd5 } from '../proof/compare-etags.js'
import { digested } from '../proof/digested-content.js'
import { hex } from '../proof/multipart-etag.js'

/** The digests of one upload in parts: of each part as it was read, and of the whole object if its parts are read in order. */
export class PartDigests {
  private readonly md5s = new Map<number, Uint8Array>()
  /** The digest that a part had when the target answered with another one. */
  private readonly doubted = new Map<number, string>()
  private whole: Hasher | undefined
  private opaque = false

  /** @param inOrder whether {@link PartDigests.whole} is needed: parts must then be uploaded one after another */
  constructor(
    private readonly newHasher: NewHasher,
    readonly inOrder: boolean,
  ) {
    this.whole = inOrder ? newHasher() : undefined
  }

  /** The target tells no MD5s of parts: only reading the object again can prove it. */
  get isOpaque(): boolean {
    return this.opaque
  }

  /** Takes over the digest of a part that an earlier process uploaded, from its ETag. */
  keep({ number, etag }: UploadedPart): void {
    if (isMd5(etag)) this.md5s.set(number, bytesOfHex(etag))
  }

  /** Whether the digest of a part is known. */
  knows(number: number): boolean {
    return this.md5s.has(number)
  }

  /**
   * Uploads a part with `upload`, and compares the ETag in the answer with the MD5 of the bytes read.
   * @throws {StoreError} `BadDigest` (transient) if they differ for the first time; if a second attempt reads the same bytes, the target's
   * ETags of parts are no MD5s
   */
  async uploaded(number: number, content: Content, upload: (content: Content) => Promise<UploadedPart>): Promise<UploadedPart> {
    const hasher = this.newHasher()
    const whole = this.whole?.copy()
    let md5 = new Uint8Array()
    const body = digested(
      content,
      whole === undefined ? [hasher] : [hasher, whole],
      () => (md5 = Uint8Array.from(hasher.digest())),
    )
    const part = await upload(body)
    const found = hex(md5)
    if (!isMd5(part.etag)) this.opaque = true
    else if (part.etag.toLowerCase() !== found) {
      const isRepeated = this.doubted.get(number) === found
      this.doubted.set(number, found)
      if (!isRepeated) throw damaged(part.etag, found)
      this.opaque = true
    }
    this.md5s.set(number, md5)
    this.whole = whole
    return part
  }

  /** The MD5 of all bytes; undefined unless the parts were read in order. */
  wholeMd5(): string | undefined {
    const { whole } = this
    return whole === undefined ? undefined : hex(whole.copy().digest())
  }

  /** The ETag that S3 gives an object of these parts. */
  etag(): string {
    const digest = this.newHasher()
    const numbers = [...this.md5s.keys()].sort((a, b) => a - b)
    for (const number of numbers) digest.update(this.md5s.get(number) ?? new Uint8Array())
    return `${hex(digest.digest())}-${numbers.length}`
  }
}

/** The ETag that S3 gives an object of these parts; undefined if an ETag of a part is no MD5. */
export function etagOfParts(parts: readonly UploadedPart[], newHasher: NewHasher): string | undefined {
  if (!parts.every(({ etag }) => isMd5(etag))) return undefined
  const digest = newHasher()
  for (const { etag } of parts) digest.update(bytesOfHex(etag))
  return `${hex(digest.digest())}-${parts.length}`
}

function bytesOfHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
}

function damaged(etag: string, found: string): StoreError {
  const message = `the target received a part with the MD5 ${etag}, sent was ${found}`
  return new StoreError({
    ...{ kind: 'transient', operation: 'UploadPart', code: 'BadDigest', reason: 'corrupt', message, side: 'target' },
  })
}
