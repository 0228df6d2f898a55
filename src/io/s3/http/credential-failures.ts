import { loadSharedConfigFiles } from '@smithy/core/config'
import { StoreError } from '../../../pipeline/ports/failure.js'
import { ownFailure } from '../answers/failure-kinds.js'
import { Passing } from './service-handler.js'

/** Failures that are not of the service that was asked: the reason is the same for all requests. */
const OF_ALL_REQUESTS = new Set(['CaFileNotUsable', 'Http407', 'ProxyNotReached', 'ProxyNotUsable'])

/** For `catch`: throws a failure that begins with `what` and ends with the reason. */
export function failedToFetch(what: string): (thrown: unknown) => never {
  return (thrown) => {
    if (thrown instanceof StoreError && OF_ALL_REQUESTS.has(thrown.failure.code)) throw thrown
    throw failure('CredentialsFailed', `${what}: ${reasonOf(thrown)}`, thrown)
  }
}

/** {@link failedToFetch} for the keys of a profile: names the profile and the setting that failed. */
export async function failedProfile(name: string): Promise<(thrown: unknown) => never> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true })
  const settingsOf = (profile: string) => ({ ...credentialsFile[profile], ...configFile[profile] })
  // The profile whose keys the others' roles are assumed with.
  let first = name
  for (const seen = new Set<string>(); !seen.has(first); first = settingsOf(first)['source_profile'] ?? first) seen.add(first)
  return (thrown) => {
    const reason = reasonOf(thrown)
    if (NOT_SIGNED_IN.test(reason)) {
      const command = first === 'default' ? 'aws sso login' : `aws sso login --profile ${first}`
      throw failure('SignInNeeded', `the profile "${first}" is not signed in: run ${command}`, thrown)
    }
    if (thrown instanceof Error && /^Command failed:|credential_process/.test(thrown.message))
      throw failure('CredentialsFailed', `the credential_process of the profile "${first}" failed: ${reason}`, thrown)
    return failedToFetch(`the keys of the profile "${name}" could not be fetched`)(thrown)
  }
}

/** The SDK's errors for a missing or expired sign-in, and the SSO portal's. */
const NOT_SIGNED_IN = /SSO session|aws sso login|UnauthorizedException|Session token not found or invalid/

/**
 * The SDK repeats the command of a failed program, which may contain secrets, and then the program's stderr; only that remains. Its own
 * errors about a program's output begin with the name of the profile.
 */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof StoreError) return thrown.failure.message
  if (!(thrown instanceof Error)) return String(thrown)
  const { message } = thrown
  if (!message.startsWith('Command failed:')) {
    const about = /^Profile \S+ credential_process (.*)$/.exec(message)?.[1]
    return about === undefined ? message : `it ${about}`
  }
  const [, ...lines] = message.trimEnd().split(/\s*\n\s*/)
  // Python's last line is the error.
  const said = lines[0]?.startsWith('Traceback') === true ? lines.at(-1) : lines.find((line) => line !== '')
  return said ?? 'it ended with an error and wrote nothing to stderr'
}

function failure(code: string, message: string, thrown: unknown): StoreError {
  const kind = thrown instanceof Passing ? 'transient' : undefined
  return new StoreError(ownFailure('Login', code, message, kind), { cause: thrown })
}
