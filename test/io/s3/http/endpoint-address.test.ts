import { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from '@jest/globals'
import { Addresses } from '../../../../src/io/s3/http/endpoint-address.js'

/** The address where the SDK would send a request about a bucket. */
function oracle(bucket: string, region: string, endpoint: string | undefined, pathStyle: boolean | undefined, env: Env) {
  const client = new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(pathStyle === undefined ? {} : { forcePathStyle: pathStyle }),
    useFipsEndpoint: env['AWS_USE_FIPS_ENDPOINT'] === 'true',
    useDualstackEndpoint: env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
  })
  const { url } = client.config.endpointProvider({
    ...{ Bucket: bucket, Region: region, ForcePathStyle: pathStyle ?? false },
    UseFIPS: env['AWS_USE_FIPS_ENDPOINT'] === 'true',
    UseDualStack: env['AWS_USE_DUALSTACK_ENDPOINT'] === 'true',
    ...(endpoint === undefined ? {} : { Endpoint: endpoint }),
  })
  client.destroy()
  return `${url.protocol}//${url.host}${url.pathname.replace(/\/$/, '')}`
}

type Env = Readonly<Record<string, string>>
const fips = { AWS_USE_FIPS_ENDPOINT: 'true' }
const dual = { AWS_USE_DUALSTACK_ENDPOINT: 'true' }
const other = 'https://objects.example.com:9000'

describe('a bucket’s address is the one that the SDK uses', () => {
  it.each<[string, string, string | undefined, boolean | undefined, Env]>([
    ['media', 'us-east-1', undefined, undefined, {}],
    ['media', 'eu-central-1', undefined, undefined, {}],
    ['media', 'cn-north-1', undefined, undefined, {}],
    ['media', 'us-gov-west-1', undefined, undefined, {}],
    ['media', 'eu-central-1', undefined, undefined, dual],
    ['media', 'us-west-2', undefined, undefined, fips],
    ['media', 'us-west-2', undefined, undefined, { ...fips, ...dual }],
    ['media', 'us-west-2', undefined, true, {}],
    ['dotted.name', 'us-west-2', undefined, undefined, {}],
    ['media', 'us-east-1', other, true, {}],
    ['media', 'us-east-1', other, false, {}],
    ['media', 'us-east-1', 'http://127.0.0.1:9000', undefined, {}],
    ['media', 'us-east-1', 'http://[::1]:9000', true, {}],
    ['media', 'eu-west-1', 'https://s3.eu-west-1.amazonaws.com', undefined, {}],
  ])('%s in %s at %s, path style %s, %j', (bucket, region, endpoint, pathStyle, env) => {
    const addresses = new Addresses(
      { ...(endpoint === undefined ? {} : { endpoint }), ...(pathStyle === undefined ? {} : { pathStyle }) },
      env,
    )
    const { origin, base } = addresses.of(bucket, region)
    expect(origin + base).toBe(oracle(bucket, region, endpoint, pathStyle, env))
  })

  it('but other endpoints get path style: most of them have no host names for buckets', () => {
    expect(new Addresses({ endpoint: other }, {}).of('media', 'us-east-1')).toMatchObject({ origin: other, base: '/media' })
  })
})

describe('an endpoint that refuses path style', () => {
  it('gets virtual-host addresses from then on', () => {
    const addresses = new Addresses({ endpoint: other }, {})
    addresses.of('media', 'us-east-1')
    expect(addresses.leavePathStyle()).toBe(true)
    expect(addresses.of('media', 'us-east-1')).toMatchObject({ origin: 'https://media.objects.example.com:9000', base: '' })
    expect(addresses.leavePathStyle()).toBe(false)
  })

  it('but not when the user chose path style', () => {
    expect(new Addresses({ endpoint: other, pathStyle: true }, {}).leavePathStyle()).toBe(false)
  })
})
