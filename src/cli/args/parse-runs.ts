import { specOf } from './commands.js'
import { nearestWord } from './did-you-mean.js'
import type { RunsAction } from './request.js'
import { typedOptions } from './run-options.js'
import type { Problem } from './problem.js'
import type { Tokens } from './tokenize.js'
import { PROGRAM } from '../../io/program-name.js'

const NAMES = ['failed', 'lost'] as const

/** Age of the runs that `runs prune` removes without --older-than. */
const DEFAULT_AGE = { agoMs: 30 * 24 * 60 * 60 * 1_000 }

/** Parses the words after `runs`. */
export function parseRuns([action = 'list', run, extra]: readonly string[], tokens: Tokens): RunsAction | Problem {
  const usage = `Write ${specOf('runs').usage.join(' or ')}.`
  const typed = typedOptions(tokens)
  const superfluous = extra ?? (action === 'list' || action === 'prune' ? run : undefined)
  if (superfluous !== undefined) return { what: `"${superfluous}" is one word too many.`, todo: usage }
  const stray = strayOption(action, tokens, typed)
  if (stray !== undefined) return { what: `${stray.replace(/=.*/s, '')} does not go with runs ${action}.`, todo: usage }
  switch (action) {
    case 'list':
      return { action }
    case 'prune':
      return { action, olderThan: tokens.values['older-than'] ?? DEFAULT_AGE }
    case 'show':
    case 'resume': {
      if (run === undefined) return { what: `runs ${action}: which one?`, todo: `${PROGRAM} runs shows them.` }
      if (action === 'resume') return { action, run, typed }
      const bucket = tokens.typed.get('buckets')
      const names = NAMES.find((name) => tokens.given.has(name))
      return { action, run, ...(names && { names }), ...(bucket === undefined ? {} : { bucket }) }
    }
    default: {
      const near = nearestWord(action, specOf('runs').words)
      return { what: `"runs ${action}" is no command.`, todo: near === undefined ? usage : `Did you mean ${near}? ${usage}` }
    }
  }
}

/** An option that belongs to another action. */
function strayOption(action: string, { given }: Tokens, typed: readonly string[]): string | undefined {
  const names = NAMES.find((name) => given.has(name))
  if (names !== undefined && action !== 'show') return `--${names}`
  if (given.has('events') && action !== 'resume') return '--events'
  const own = action === 'prune' ? '--older-than=' : action === 'show' && given.has('failed') ? '--buckets=' : undefined
  return action === 'resume' ? undefined : typed.find((word) => own === undefined || !word.startsWith(own))
}
