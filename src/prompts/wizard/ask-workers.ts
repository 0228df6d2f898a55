import type { Questions } from '../questions.js'

const DEFAULT_WORKERS = 10
const MOST_WORKERS = 50

/** Asks how many objects to copy at once: 1 to 50 (cli.md, "Guided"), 10 if the answer is empty. */
export async function askWorkers(questions: Questions): Promise<number> {
  const answer = await questions.text({
    message: `Workers: objects copied at once (1–${MOST_WORKERS})`,
    initial: String(DEFAULT_WORKERS),
    check: (text) => (isWorkers(text) ? undefined : `Enter a whole number from 1 to ${MOST_WORKERS}.`),
  })
  return Number(answer)
}

function isWorkers(text: string): boolean {
  return /^\d{1,3}$/.test(text) && Number(text) >= 1 && Number(text) <= MOST_WORKERS
}
