import type { Grant as SdkGrant } from '@aws-sdk/client-s3'
import * as v from 'valibot'
import type { Acl, Grant } from '../../../pipeline/ports/object-metadata.js'
import { Permission } from './metadata-headers.js'

const ALL = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
const AUTHENTICATED = 'uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"'

/** S3's canned ACLs and what they grant besides the owner's full control (Amazon S3 user guide, "Canned ACL"). */
const CANNED: readonly (readonly [word: string, granted: readonly Grant[]])[] = [
  ['private', []],
  ['public-read', [{ permission: 'READ', grantee: ALL }]],
  ['authenticated-read', [{ permission: 'READ', grantee: AUTHENTICATED }]],
]

/** An access control list in the form that a write can set: the writer becomes the owner. */
export function aclOf(ownerId: string | undefined, granted: readonly SdkGrant[]): Acl {
  const all = granted.flatMap((grant) => grantOf(grant) ?? [])
  const owners = `id="${ownerId ?? ''}"`
  const others = all.filter(({ permission, grantee }) => !(permission === 'FULL_CONTROL' && grantee === owners))
  const canned = CANNED.find(([, beside]) => JSON.stringify(beside) === JSON.stringify(others))
  return canned === undefined ? { grants: others } : { canned: canned[0] }
}

function grantOf({ Grantee: to, Permission: permission }: SdkGrant): Grant | undefined {
  if (!v.is(Permission, permission)) return undefined
  if (to?.URI !== undefined) return { permission, grantee: `uri="${to.URI}"` }
  if (to?.ID !== undefined) return { permission, grantee: `id="${to.ID}"` }
  return to?.EmailAddress === undefined ? undefined : { permission, grantee: `emailAddress="${to.EmailAddress}"` }
}
