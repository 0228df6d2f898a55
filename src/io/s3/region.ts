import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '../connections/connection.js'

const DEFAULT_REGION = 'us-east-1'

/** The region a connection's requests are signed for, until a bucket turns out to be elsewhere (cli.md, Locations). */
export async function homeRegion({ region, profile }: Connection): Promise<string> {
  if (region !== undefined) return region
  const { AWS_REGION: told = '', AWS_CONFIG_FILE: file = join(homedir(), '.aws', 'config') } = process.env
  if (told !== '') return told
  // Without a profile's file there is nothing to ask the SDK for, and it takes long to load.
  if (!existsSync(file)) return DEFAULT_REGION
  try {
    const { S3Client } = await import('@aws-sdk/client-s3')
    return await new S3Client(profile === undefined ? {} : { profile }).config.region()
  } catch {
    return DEFAULT_REGION
  }
}
