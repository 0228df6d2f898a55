import { describe, expect, it } from '@jest/globals'
import type { Failure } from '../../src/pipeline/ports/failure.js'
import { advise } from '../../src/reporters/error-advice.js'

const CONTEXT = { endpoint: 'https://s3.example', bucket: 'media', connection: 'a' }

function failure(code: string, operation = 'GetObject'): Failure {
  return { kind: 'permanent', operation, code, message: 'its words', side: 'source' }
}

describe('advice', () => {
  it.each([
    ['ConnectionRefused', /nothing answers at https:\/\/s3\.example/i, /server is running.*host and port in the connection "a"/],
    ['UnknownHost', /host name of https:\/\/s3\.example cannot be resolved/, /spelling of the endpoint/],
    ['ConnectTimeout', /did not accept a connection in time/, /firewall.*proxy/],
    ['OutOfSockets', /no further connection: its words/, /fewer --workers.*ulimit -n/],
    ['FirstByteTimeout', /did not answer/, /health of the server/],
    ['Stalled', /stalled/, /network/],
    ['ConnectionReset', /closed the connection/, /network and proxies/],
    ['TruncatedBody', /not as long as announced: its words/, /Nothing was stored/],
    ['TlsExpected', /uses https, but the connection says http\./, /with https:\/\/ in the connection "a"/],
    ['TlsNotSpoken', /does not use https/, /with http:\/\/ in the connection "a"/],
    ['CertificateUntrusted', /certificate .* is not trusted/, /--ca-file.*NODE_EXTRA_CA_CERTS.*--insecure/],
    ['BucketNotSupported', /^Its words\.$/, /general purpose bucket.*s3alias/],
    ['BucketInEndpoint', /^Its words\.$/, /endpoint in the connection "a"/],
    ['CertificateExpired', /certificate of https:\/\/s3\.example has expired/, /renewed.*clock.*--insecure/],
    ['CertificateNotYetValid', /not valid yet/, /clock/],
    ['CertificateWrongHost', /for another host: its words/, /host name of the certificate.*--path-style true/],
    ['CaFileNotUsable', /^Its words\.$/, /PEM format in the connection "a".*AWS_CA_BUNDLE/],
    ['ProxyNotUsable', /proxy of the environment can't be used: its words\./, /HTTPS_PROXY.*NO_PROXY/],
    ['ProxyNotReached', /^The proxy its words\.$/, /HTTPS_PROXY.*NO_PROXY/],
    ['CredentialsFailed', /could not be fetched: its words\./, /connection "a"/],
    ['SignInNeeded', /^Its words\.$/, /^Sign in, then run the same command again\.$/],
    ['InvalidToken', /does not accept the session token: its words\./, /keys of the connection "a"/],
    ['CredentialsMissing', /No credentials/, /AWS_ACCESS_KEY_ID.*profile.*"a"/],
    ['InvalidAccessKeyId', /does not know the access key/, /access key in the connection "a"/],
    ['SignatureDoesNotMatch', /secret key is wrong/, /secret key of the connection "a"/],
    ['ExpiredToken', /token has expired/, /new credentials/],
    ['RequestTimeTooSkewed', /clocks .* differ/, /clock/],
    ['NoSuchBucket', /The bucket "media" does not exist at https:\/\/s3\.example/, /spelling of the bucket/],
    ['NoSuchKey', /no longer existed/, /deleted in the meantime/],
    ['PermanentRedirect', /"media" is in another region/, /region in the connection "a"/],
    ['AuthorizationHeaderMalformed', /"media" is in another region/, /region in the connection "a"/],
    ['BucketAlreadyExists', /The bucket "media" belongs to another account/, /--buckets old=new/],
    ['InvalidBucketName', /does not accept the name of the bucket "media"/, /--buckets old=new/],
    ['KeyChanged', /under another key: its words/, /rename the object/],
    ['KeyNotSendable', /cannot be sent in a request: its words/, /Rename/],
    ['PreconditionFailed', /changed while it was being copied/, /again/],
    ['EntityTooLarge', /object of this size/, /size limit/],
    ['SlowDown', /throttling requests/, /--workers/],
    ['Corrupted', /differs from the source: its words/, /Do not trust/],
    ['InvalidObjectState', /archived/, /Restore/],
    ['CustomerKeyMissing', /can't read the object without its owner's key/, /--source-sse-key FILE/],
    ['CustomerKeyRefused', /encrypted with another key/, /Check --source-sse-key/],
    ['PropertyLost', /Metadata was lost: its words/, /Without --strict .* doctor/],
  ])('%s: what happened and what to do', (code, what, todo) => {
    const advice = advise(failure(code), CONTEXT)
    expect(advice.what).toMatch(what)
    expect(advice.todo).toMatch(todo)
  })

  it('throttled by any code: the server is throttling', () => {
    for (const code of ['ThrottlingException', 'RequestLimitExceeded', 'Http429'])
      expect(advise({ ...failure(code), kind: 'throttled' }, CONTEXT).what).toMatch(/throttling requests/)
  })

  it.each([
    ['ListObjectsV2', 's3:ListBucket'],
    ['HeadBucket', 's3:ListBucket'],
    ['ListBuckets', 's3:ListAllMyBuckets'],
    ['GetObject', 's3:GetObject'],
    ['HeadObject', 's3:GetObject'],
    ['PutObject', 's3:PutObject'],
    ['DeleteObjects', 's3:DeleteObject'],
    ['CopyObject', 's3:GetObject at the source, s3:PutObject at the target'],
    ['CreateMultipartUpload', 's3:PutObject'],
    ['UploadPart', 's3:PutObject'],
    ['CompleteMultipartUpload', 's3:PutObject'],
    ['AbortMultipartUpload', 's3:AbortMultipartUpload'],
    ['CreateBucket', 's3:CreateBucket'],
    ['GetBucketLocation', 's3:GetBucketLocation'],
  ])('a denied %s names the action %s', (operation, action) => {
    expect(advise(failure('AccessDenied', operation), CONTEXT)).toEqual({
      what: `https://s3.example denied ${operation} on the bucket "media".`,
      todo: `Allow ${action} for this access key, or use another one.`,
    })
  })

  it('knows other codes of servers for the same failure', () => {
    expect(advise(failure('Forbidden'), CONTEXT)).toEqual(advise(failure('AccessDenied'), CONTEXT))
    expect(advise(failure('Http413'), CONTEXT)).toEqual(advise(failure('EntityTooLarge'), CONTEXT))
  })

  it('for any failure of kind changed, says that the object changed', () => {
    expect(advise({ ...failure('SizeChanged'), kind: 'changed' }, CONTEXT).what).toBe(
      'The object changed while it was being copied.',
    )
  })

  it('does not mention copies if the run only compares', () => {
    const changed = advise({ ...failure('TargetChanged'), kind: 'changed' }, { ...CONTEXT, copies: false })
    expect(changed.what).toBe('The object changed while it was being compared.')
    expect(changed.todo).toMatch(/Run the same command again\.$/)
  })

  it('for an unknown code, shows the server’s own message', () => {
    expect(advise(failure('XOdd'), CONTEXT).what).toBe('https://s3.example answered GetObject with XOdd: its words.')
    expect(advise({ ...failure('XOdd'), message: '' }, CONTEXT).what).toBe('https://s3.example answered GetObject with XOdd.')
  })

  it.each(['constructor', '__proto__', 'toString'])(
    'takes the code %j for an unknown one, not for a property of every object',
    (code) => {
      expect(advise(failure(code), CONTEXT).what).toContain(`with ${code}`)
    },
  )

  it('names the side if nothing else is known', () => {
    expect(advise({ ...failure('ConnectionRefused'), side: 'target' }, {}).what).toBe(
      "Nothing answers at the target's endpoint: the connection was refused.",
    )
  })

  it('is one line each', () => {
    const { what, todo } = advise(failure('NoSuchBucket'), {})
    expect(what).toBe("The bucket does not exist at the source's endpoint.")
    expect(todo).not.toContain('\n')
  })
})
