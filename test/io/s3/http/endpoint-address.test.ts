import { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from '@jest/globals'
import { Addresses, isAws } from '../../../../src/io/s3/http/endpoint-address.js'

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
    ['media', 'eusc-de-east-1', undefined, undefined, {}],
    ['media', 'us-iso-east-1', undefined, undefined, {}],
    ['media', 'us-isob-east-1', undefined, undefined, {}],
    ['media', 'eu-isoe-west-1', undefined, undefined, {}],
    ['media', 'us-isof-south-1', undefined, undefined, {}],
    ['media', 'us-gov-east-1', undefined, undefined, fips],
    ['media', 'cn-northwest-1', undefined, undefined, dual],
    ['my-ap-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias', 'us-west-2', undefined, undefined, {}],
    ['media', 'us-east-1', 'https://x.supabase.co/storage/v1/s3', true, {}],
    ['media', 'us-east-1', 'https://gateway.example.com/s3', false, {}],
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

describe('an endpoint with a path', () => {
  const addresses = new Addresses({ endpoint: 'https://x.supabase.co/storage/v1/s3/' }, {})

  it('has its buckets behind the path', () => {
    expect(addresses.of('media', 'r')).toMatchObject({ base: '/storage/v1/s3/media', whole: '/storage/v1/s3/media' })
    expect(addresses.of(undefined, 'r')).toMatchObject({ origin: 'https://x.supabase.co', whole: '/storage/v1/s3/' })
  })

  it('that ends with the bucket is refused: keys would get the bucket’s name in front', () => {
    expect(() => new Addresses({ endpoint: 'https://host/media' }, {}).of('media', 'r')).toThrow(/ends with the bucket "media"/)
  })
})

describe('a bucket of AWS that needs other requests', () => {
  it.each(['fast--use1-az4--x-s3', 'ap--use1-az4--xa-s3', 'ap-x--op-s3', 'mfzwi23gnjvgw.mrap'])('%s is refused', (bucket) => {
    expect(() => new Addresses({}, {}).of(bucket, 'us-east-1')).toThrow(/is .*, which is not supported/)
    expect(new Addresses({ endpoint: other }, {}).of(bucket, 'us-east-1').base).toBe(`/${bucket}`)
  })
})

it.each([
  [undefined, true],
  ['https://s3.eu-west-1.amazonaws.com', true],
  ['https://s3.cn-north-1.amazonaws.com.cn', true],
  ['https://s3.eusc-de-east-1.amazonaws.eu', true],
  ['https://s3.us-iso-east-1.c2s.ic.gov', true],
  ['https://amazonaws.com.example.com', false],
  ['https://notamazonaws.com', false],
])('%s belongs to AWS: %s', (endpoint, belongs) => {
  expect(isAws(endpoint)).toBe(belongs)
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
