import { expect, it } from '@jest/globals'
import { redact } from '../../../src/cli/args/redact.js'

it.each([
  ['https://key:s3cr3t@host:9000/bucket', 'https://…@host:9000/bucket'],
  ['http://key:with/slash@and-at@host/bucket', 'http://…@host/bucket'],
  ['https://host/bucket?X-Amz-Signature=1234#there', 'https://host/bucket?…'],
  ['s3://key:s3cr3t@bucket/dir@2x.png', 's3://…@bucket/dir@2x.png'],
  ['s3://bucket/a?b@c', 's3://bucket/a?b@c'],
  ['file:///home/me@work/x', 'file:///home/me@work/x'],
  ['old:photos/a@b?c', 'old:photos/a@b?c'],
  ['./a@b', './a@b'],
  ['', ''],
])('%s is shown as %s', (word, shown) => {
  expect(redact(word)).toBe(shown)
})
