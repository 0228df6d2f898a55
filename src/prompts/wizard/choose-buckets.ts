import { parseSelection } from '../number-list.js'
import { printable } from '../../reporters/escape-terminal.js'
import type { Endpoint } from './choose-connection.js'
import type { Desk } from './wizard-screen.js'
import { tryBucket } from './check-login.js'

/** Chooses the source's buckets, each once: from the numbered list, or by hand where listing is not allowed. Empty when there are none. */
export function chooseBuckets(desk: Desk, { name, seen }: Endpoint): Promise<readonly string[]> {
  return seen.kind === 'listed' ? chooseListed(desk, seen.names) : typeBuckets(desk, name, seen.bucket)
}

async function chooseListed({ questions, screen, paint }: Desk, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return []
  const width = String(names.length).length
  for (const [index, name] of names.entries()) {
    screen.out(`  ${paint.quiet(String(index + 1).padStart(width))}  ${printable(name)}`)
  }
  const answer = await questions.text({
    message: 'Buckets to copy (3 or 1,3,5 or 1-5 or all; Enter to pick from the list)',
    check: (text) => {
      const selection = text === '' ? undefined : parseSelection(text, names)
      return selection !== undefined && 'error' in selection ? selection.error : undefined
    },
  })
  if (answer === '') {
    return questions.many(
      'Buckets to copy',
      names.map((name) => ({ label: printable(name), value: name })),
    )
  }
  const selection = parseSelection(answer, names)
  if ('error' in selection) throw new Error(`a selection that was checked: ${selection.error}`)
  return selection.ok.flatMap((index) => names[index] ?? [])
}

async function typeBuckets(desk: Desk, connection: string, first: string): Promise<readonly string[]> {
  const buckets = [first]
  for (;;) {
    const bucket = await desk.questions.text({
      message: 'Another bucket (Enter when done)',
      check: (answer) => {
        if (answer === '') return undefined
        return buckets.includes(answer) ? `"${answer}" is already selected.` : desk.world.check('bucket', answer)
      },
    })
    if (bucket === '') return buckets
    if ((await tryBucket(desk, 'source', connection, bucket)).kind === 'named') buckets.push(bucket)
  }
}
