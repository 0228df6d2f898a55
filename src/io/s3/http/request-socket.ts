import { subscribe } from 'node:diagnostics_channel'
import { Socket } from 'node:net'

interface Starting {
  socket: Socket | undefined
}

let starting: Starting | undefined

/**
 * Call this when undici starts a request: sets the request's `socket` before its first byte is written. Undici names the connection of a
 * request only through a diagnostics channel, and in the same turn (its documentation, "Diagnostics Channel Support").
 */
export function receiveSocket(request: Starting): void {
  starting = request
}

subscribe('undici:client:sendHeaders', (message) => {
  if (starting !== undefined && hasSocket(message)) starting.socket = message.socket
  starting = undefined
})

function hasSocket(message: unknown): message is { readonly socket: Socket } {
  return typeof message === 'object' && message !== null && 'socket' in message && message.socket instanceof Socket
}
