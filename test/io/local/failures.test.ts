import { describe, expect, it } from '@jest/globals'
import { local } from '../../../src/io/local/failures.js'

const failing = (code: string) => local('PutObject', () => Promise.reject(Object.assign(new Error(`${code}: it is`), { code })))

describe('errors of the file system', () => {
  it.each([
    ['EACCES', 'PermissionDenied', 'permanent'],
    ['EPERM', 'PermissionDenied', 'permanent'],
    ['ENOENT', 'NoSuchKey', 'permanent'],
    ['ENOTDIR', 'FileAndDirectory', 'permanent'],
    ['ENAMETOOLONG', 'BadFileName', 'permanent'],
    ['ELOOP', 'LeavesDirectory', 'permanent'],
    ['ENOSPC', 'DiskFull', 'fatal'],
    ['EDQUOT', 'DiskFull', 'fatal'],
    ['EROFS', 'ReadOnly', 'fatal'],
    ['EMFILE', 'FileSystemError', 'transient'],
    ['EIO', 'FileSystemError', 'transient'],
  ])('%s is %s, %s', async (errno, code, kind) => {
    await expect(failing(errno)).rejects.toMatchObject({ failure: { operation: 'PutObject', code, kind } })
  })

  it('an error from elsewhere is no failure of a store', async () => {
    const bug = new TypeError('a bug')
    await expect(local('PutObject', () => Promise.reject(bug))).rejects.toBe(bug)
  })
})
