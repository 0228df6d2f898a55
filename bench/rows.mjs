// The table of rows: what work is measured, and by whom.

/**
 * @typedef {object} Row
 * @property {string} name      as in --rows
 * @property {string} title     of its group of lines in the table
 * @property {'copy' | 'same' | 'checksum' | 'unchanged' | 'version'} kind
 * @property {number} objects
 * @property {number} size      of each object, bytes
 * @property {number} workers
 * @property {boolean} [auto]   tools that can find the number of workers out
 * @property {string[]} [bed]   flags of both beds; without beds the row is left out
 * @property {string[]} [only]  these tools
 * @property {'object' | 'MiB' | 'run'} per  what the CPU is divided by
 * @property {number} [repeat]  instead of --repeat
 */

const KiB = 2 ** 10
const GiB = 2 ** 30

/**
 * @param {number} scale of the numbers of objects, and of the size of the large ones
 * @returns {Row[]}
 */
export function rows(scale) {
  const some = (objects) => Math.max(1, Math.round(objects * scale))
  const small = { kind: 'copy', objects: some(20_000), size: KiB, workers: 32, per: 'object' }
  const large = { objects: 2, size: some(2 * GiB), workers: 32, per: 'MiB' }
  const own = { only: ['s3-sync'] }
  return [
    { ...small, name: 'small', title: 'copied' },
    { ...small, name: 'medium', title: 'copied', objects: some(10_000), size: 100 * KiB },
    { ...large, name: 'large', title: 'copied', kind: 'copy' },
    { ...large, name: 'large', title: 'copied, every byte in a checksum that both sides have', kind: 'checksum' },
    { ...small, name: 'same', title: 'copied within one endpoint', kind: 'same' },
    {
      ...small,
      name: 'latency',
      title: 'copied, 20 ms added to every answer',
      workers: 64,
      auto: true,
      bed: ['-latency', '20ms'],
    },
    {
      ...small,
      ...own,
      name: 'limited',
      title: 'copied, 500 requests/s allowed',
      objects: some(5000),
      auto: true,
      bed: ['-rps', '500'],
    },
    { ...small, name: 'unchanged', title: 'nothing to copy', kind: 'unchanged', objects: some(200_000) },
    {
      ...small,
      name: 'unchanged',
      title: 'nothing to copy, 20 ms added to every answer',
      kind: 'unchanged',
      objects: some(200_000),
      bed: ['-latency', '20ms'],
    },
    {
      ...small,
      name: 'unchanged',
      title: 'nothing to copy',
      only: ['s3-sync', 's3sync'],
      kind: 'unchanged',
      objects: some(1_000_000),
    },
    { ...small, ...own, name: 'memory', title: 'memory, copied', size: 1 },
    { ...small, ...own, name: 'memory', title: 'memory, copied', size: 1, objects: some(2_000_000), repeat: 1 },
    { name: 'version', title: '`--version`', kind: 'version', objects: 0, size: 0, workers: 0, per: 'run', repeat: 15 },
  ]
}

export const rowNames = [...new Set(rows(1).map(({ name }) => name))]
