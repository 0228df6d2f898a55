/** A proxy could not be reached, or broke the connection off before it led to the endpoint. */
export class ProxyError extends Error {
  /** @param proxy `host[:port]`, without its login */
  constructor(
    readonly proxy: string,
    override readonly cause: Error,
  ) {
    super(cause.message, { cause })
  }
}

/** What a proxy did, by this tool's code for the error; for others, the error's own message. */
export function wordsForProxy(code: string, message: string): string {
  if (code.startsWith('Certificate')) return `has a certificate that can't be trusted: ${message}`
  return WORDS[code] ?? `failed: ${message}`
}

const WORDS: Readonly<Record<string, string>> = {
  ConnectionRefused: 'refused the connection',
  UnknownHost: "has a host name that can't be resolved",
  ConnectTimeout: 'did not accept a connection in time',
  FirstByteTimeout: 'did not answer',
  ConnectionReset: 'closed the connection',
  TlsNotSpoken: 'does not use TLS: write its address with http://',
  TlsExpected: 'does not answer as a proxy does: its address may have to begin with https://',
  MalformedAnswer: 'does not answer as a proxy does',
}
