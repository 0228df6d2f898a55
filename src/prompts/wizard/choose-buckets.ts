import { printable } from '../../reporters/escape-terminal.js'
import type { ChosenConnection } from './choose-connection.js'
import type { WizardContext } from './wizard-context.js'
import { tryBucket } from './check-login.js'

/** Chooses the source's buckets, each once: from the list, or by name if listing is denied. Empty if there are none. */
export function chooseBuckets(wizard: WizardContext, { name, buckets }: ChosenConnection): Promise<readonly string[]> {
  return buckets.kind === 'listed' ? chooseListed(wizard, buckets.names) : enterBuckets(wizard, name, buckets.bucket)
}

async function chooseListed({ questions }: WizardContext, names: readonly string[]): Promise<readonly string[]> {
  if (names.length === 0) return []
  return questions.chooseMany(
    'Buckets to copy',
    names.map((name) => ({ label: printable(name), value: name })),
  )
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
