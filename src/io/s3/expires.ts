import type { BuildMiddleware } from '@smithy/types'
import { hasHeaders } from './headers.js'

/** Where {@link expiresAsText} belongs in a command's stack. */
export const EXPIRES_AS_TEXT = { step: 'build', name: 'expiresAsText' } as const

/** Sends Expires as the text it was: the SDK takes a date only, and would lose a text that is none. */
export function expiresAsText<I extends object, O extends object>(expires: string): BuildMiddleware<I, O> {
  return (next) => (args) => {
    if (hasHeaders(args.request)) args.request.headers['expires'] = expires
    return next(args)
  }
}
