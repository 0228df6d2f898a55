import { parseNumberList } from '../number-list.js'
import { printable } from '../../reporters/escape-terminal.js'
import type { ChosenConnection } from './choose-connection.js'
import type { WizardContext } from './wizard-context.js'
import { tryBucket } from './check-login.js'

/** Chooses the source's buckets, each once: from the numbered list, or by name if listing is denied. Empty if there are none. */
export function chooseBuckets(wizard: WizardContext, { name, buckets }: ChosenConnection): Promise<readonly string[]> {
  return buckets.kind === 'listed' ? chooseListed(wizard, buckets.names) : enterBuckets(wizard, name, buckets.bucket)
}

async function chooseListed({ questions, screen, paint }: WizardContext, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return []
  const width = String(names.length).length
  for (const [index, name] of names.entries()) {
    screen.out(`  ${paint.quiet(String(index + 1).padStart(width))}  ${printable(name)}`)
  }
  const answer = await questions.text({
    message: 'Buckets to copy (3 or 1,3,5 or 1-5 or all; Enter to pick from the list)',
    check: (text) => {
      const selection = text === '' ? undefined : parseNumberList(text, names)
      return selection !== undefined && 'error' in selection ? selection.error : undefined
    },
  })
  if (answer === '') {
    return questions.chooseMany(
      'Buckets to copy',
      names.map((name) => ({ label: printable(name), value: name })),
    )
  }
  const selection = parseNumberList(answer, names)
  if ('error' in selection) throw new Error(`a selection that was checked: ${selection.error}`)
  return selection.ok.flatMap((index) => names[index] ?? [])
}

async function enterBuckets(wizard: WizardContext, connection: string, first: string): Promise<readonly string[]> {
  const buckets = [first]
  for (;;) {
    const bucket = await wizard.questions.text({
      message: 'Another bucket (Enter when done)',
      check: (answer) => {
        if (answer === '') return undefined
        return buckets.includes(answer) ? `"${answer}" is already selected.` : wizard.port.fieldProblem('bucket', answer)
      },
    })
    if (bucket === '') return buckets
    if ((await tryBucket(wizard, 'source', connection, bucket)).kind === 'named') buckets.push(bucket)
  }
}
