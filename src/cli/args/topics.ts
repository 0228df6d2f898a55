import { PROGRAM } from '../../io/program-name.js'

/** A section of help and of the reference: a title, and rows of a word and what it means. */
export interface HelpSection {
  readonly title: string
  readonly rows: readonly (readonly [string, string])[]
}

export const LOCATIONS: HelpSection = {
  title: 'Locations',
  rows: [
    ['NAME:BUCKET', 'a bucket of the saved connection NAME'],
    ['NAME:BUCKET/PREFIX', 'every key under PREFIX/, and an object called exactly PREFIX'],
    ['NAME: --buckets a,b | all', 'several buckets; old=new where the target name differs'],
    ['s3://BUCKET[/PREFIX]', 'AWS with the default credentials'],
    ['./DIR, /DIR, file:///DIR', 'a local directory or file'],
  ],
}

export const EXIT_CODES: HelpSection = {
  title: 'Exit codes',
  rows: [
    ['0', 'done (also when there was nothing to do)'],
    ['1', 'the run finished, some objects failed'],
    ['2', 'bad input; nothing was started'],
    ['3', 'could not start or continue: endpoint, credentials, bucket, listing, journal'],
    ['4', 'a guard refused to delete; objects already copied remain'],
    ['5', 'verify found differences'],
    ['130, 143', `declined or interrupted; resume with: ${PROGRAM} runs resume ID`],
  ],
}

export const ENVIRONMENT: HelpSection = {
  title: 'Environment',
  rows: [
    ['S3_SYNC_CONNECTION_<NAME>', 'a connection without a file: http(s)://KEY:SECRET@HOST[:PORT]?region=…'],
    ['S3_SYNC_PASSPHRASE', 'unlocks the saved secrets instead of the key file'],
    ['S3_SYNC_SOURCE_SSE_KEY', 'key of the source’s objects (SSE-C), base64'],
    ['S3_SYNC_TARGET_SSE_KEY', 'key of the target’s objects (SSE-C), base64'],
    ['OPSKIT_TOOL_TEMP_DIR', 'where connections and runs are saved'],
    ['OPSKIT_WORKING_DIR', 'where relative paths start'],
    ['AWS_*', 'default credentials, for s3:// and connections without keys'],
    ['HTTPS_PROXY, NO_PROXY', 'proxy, and hosts that need none'],
    ['NODE_EXTRA_CA_CERTS', 'file with further certificate authorities'],
    ['NO_COLOR, FORCE_COLOR', 'colours never, or always'],
  ],
}
