import { type Loss, PROPERTIES, type Property } from '../pipeline/ports/object-metadata.js'
import type { Lost, Foreseen } from '../pipeline/state/metadata-losses.js'
import { printable } from './escape-terminal.js'
import type { Palette } from './colors.js'
import { formatCount, objectName, formatObjects } from './text-format.js'
import { PROGRAM } from '../io/program-name.js'

/** How many objects are named at the end. */
const NAMED = 5

/** Names of the properties in a sentence. */
const PROPERTY_TEXT: Readonly<Record<Property, string>> = {
  metadata: 'metadata',
  headers: 'headers',
  tags: 'tags',
  'storage-class': 'storage class',
  encryption: 'encryption',
  redirect: 'website redirect',
  retention: 'retention',
  'legal-hold': 'legal hold',
  acl: 'ACL',
  checksum: 'checksum',
}

/** `tags (the target does not keep it)` */
export function lossText({ property, why }: Loss): string {
  return `${PROPERTY_TEXT[property]} (${why})`
}

/** How many objects lost which property, and the first of them by name. */
export function lossLines(lost: Lost | undefined, paint: Palette, run: string, isKept: boolean): string[] {
  if (lost === undefined) return []
  const counts = PROPERTIES.flatMap((property) => {
    const many = lost.objects[property] ?? 0
    return many === 0 ? [] : [`${PROPERTY_TEXT[property]} of ${formatObjects(many)}`]
  })
  const named = lost.named.slice(0, NAMED)
  const more = lost.named.length + lost.omitted - named.length
  return [
    `${paint.warning('!')} Metadata not copied: ${counts.join(', ')}`,
    ...named.map(({ pair, key, losses }) => `    ${objectName(pair, key)}: ${printable(losses.map(lossText).join(', '))}`),
    ...(more > 0 ? [`    and ${formatCount(more)} more${isKept ? `: ${PROGRAM} runs show ${run} --lost` : ''}`] : []),
    paint.quiet(
      `    The objects themselves were copied. With --strict this counts as a failure; ${PROGRAM} doctor shows what a server supports.`,
    ),
  ]
}

/** Metadata that a sample of the objects has, and what of it cannot be copied, for the confirmation. */
export function sampleLines(sample: Foreseen | undefined): string[] {
  if (sample === undefined || Object.keys(sample.has).length === 0) return []
  const has = PROPERTIES.flatMap((property) => {
    const many = sample.has[property] ?? 0
    return many === 0 ? [] : [`${PROPERTY_TEXT[property]} ${formatCount(many)}`]
  })
  const of =
    sample.objects === 1 ? '1 object was checked; it has' : `${formatCount(sample.objects)} objects were checked; they have`
  return [
    `${of}: ${has.join(', ')}`,
    ...sample.losing.map((loss) => `cannot be copied: ${printable(lossText(loss))}`),
    ...(sample.losing.length < has.length
      ? [`the first copy shows whether the target keeps the rest; ${PROGRAM} doctor tests it beforehand`]
      : []),
  ]
}

/** What to do about archived objects. */
export function archivedLines(many: number | undefined, paint: Palette): string[] {
  if (many === undefined || many === 0) return []
  return [
    `${paint.warning('!')} ${formatObjects(many)} ${many === 1 ? 'is' : 'are'} archived (GLACIER, DEEP_ARCHIVE or an archive tier) and ` +
      `${many === 1 ? 'was' : 'were'} skipped.`,
    '    Restore them at the source (aws s3api restore-object), wait until that is done, then run this again; --verbose names them.',
  ]
}
