import { parseLocation } from './locations.js'
import type { DoctorRequest } from './request.js'
import type { Problem } from './problem.js'
import { PROGRAM } from '../../io/program-name.js'

const FORMS = `Write ${PROGRAM} doctor NAME, NAME:BUCKET or s3://BUCKET.`

/** Parses the words of `doctor`: a connection, optionally with a bucket. */
export function parseDoctor([typed, extra]: readonly string[]): DoctorRequest | Problem {
  if (typed === undefined) return { what: 'doctor: which connection?', todo: FORMS }
  if (extra !== undefined) return { what: `"${extra}" is one word too many for doctor.`, todo: FORMS }
  if (!/[:/]/.test(typed)) return { name: typed }
  const location = parseLocation(typed)
  if ('what' in location) return { what: location.what, todo: FORMS }
  const { ok } = location
  if (ok.kind === 'local') return { what: `"${typed}" is a directory, not an S3 endpoint.`, todo: FORMS }
  const { place } = ok
  if (place !== undefined && place.prefix !== '') {
    const whole = ok.kind === 'aws' ? `s3://${place.bucket}` : `${ok.name}:${place.bucket}`
    return { what: `"${typed}" names a prefix; doctor looks at buckets.`, todo: `Write ${PROGRAM} doctor ${whole}` }
  }
  return { ...(ok.kind === 'connection' && { name: ok.name }), ...(place !== undefined && { bucket: place.bucket }) }
}
