import { COMMANDS, type CommandSpec, type Shell } from './commands.js'
import { OPTION_NAMES, optionOf } from './options.js'
import { FLAG } from './values.js'

const COMMAND_SPECS: readonly CommandSpec[] = COMMANDS
const OPTIONS = OPTION_NAMES.map(optionOf)

/** A script that a shell reads to complete this tool's commands, options and their values. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash()
    case 'zsh':
      return zsh()
    case 'fish':
      return fish()
  }
}

const names = COMMAND_SPECS.map(({ name }) => name).join(' ')

/** `-w --workers …` of a command. */
function spellings(command: string): string {
  return OPTIONS.filter(({ commands }) => commands.some((name) => name === command))
    .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])])
    .join(' ')
}

/** Options whose value is a file, or one of a list of words. */
const files = OPTIONS.filter(({ value }) => value.completion === 'file').map(({ name }) => name)
const choices = OPTIONS.flatMap(({ name, value: { completion } }) =>
  completion === undefined || completion === 'file' ? [] : [{ name, words: completion.join(' ') }],
)

function bash(): string {
  const after = [
    ...choices.map(({ name, words }) => `    --${name}) COMPREPLY=($(compgen -W '${words}' -- "$current")); return ;;`),
    `    ${files.map((name) => `--${name}`).join('|')}) COMPREPLY=($(compgen -f -- "$current")); return ;;`,
  ]
  const perCommand = COMMAND_SPECS.map(
    ({ name, words }) => `    ${name}) options='${spellings(name)}' words='${words.join(' ')}' ;;`,
  )
  return `# bash completion of s3-sync: source <(s3-sync completion bash)
_s3_sync() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} word command=
  local options='${spellings('sync')}' words='${names}'
  case $previous in
${after.join('\n')}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) ;; *) command=$word; break ;; esac
  done
  case $command in
${perCommand.join('\n')}
    ?*) words= ;;
  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o default -F _s3_sync s3-sync
`
}

function zsh(): string {
  const described = COMMAND_SPECS.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`)
  const cases = COMMAND_SPECS.map(
    ({ name, words }) => `    ${name}) _values 'word or option' ${[...words, ...spellings(name).split(' ')].join(' ')} ;;`,
  )
  return `#compdef s3-sync
# zsh completion of s3-sync: save it as _s3-sync in a directory of $fpath
_s3_sync() {
  local -a commands
  commands=(
${described.join('\n')}
  )
  case $words[CURRENT-1] in
${choices.map(({ name, words }) => `    --${name}) _values '${name}' ${words}; return ;;`).join('\n')}
    ${files.map((name) => `--${name}`).join('|')}) _files; return ;;
  esac
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe 'command' commands
    return
  fi
  case $words[2] in
${cases.join('\n')}
    *) _values 'option' ${spellings('sync')} ;;
  esac
}
compdef _s3_sync s3-sync
`
}

function fish(): string {
  const none = `not __fish_seen_subcommand_from ${names}`
  const commands = COMMAND_SPECS.flatMap(({ name, summary, words }) => [
    `complete -c s3-sync -n '${none}' -a ${name} -d '${quoted(summary)}'`,
    ...(words.length === 0 ? [] : [`complete -c s3-sync -n '__fish_seen_subcommand_from ${name}' -a '${words.join(' ')}'`]),
  ])
  const options = OPTIONS.map(({ name, short, value, help }) => {
    const takes =
      value === FLAG
        ? ''
        : value.completion === undefined
          ? ' -x'
          : value.completion === 'file'
            ? ' -r -F'
            : ` -x -a '${value.completion.join(' ')}'`
    return `complete -c s3-sync -l ${name}${short === undefined ? '' : ` -s ${short}`}${takes} -d '${quoted(help)}'`
  })
  return ['# fish completion of s3-sync', 'complete -c s3-sync -f', ...commands, ...options, ''].join('\n')
}

/** Escapes text for single quotes. */
function quoted(text: string): string {
  return text.replaceAll("'", '’')
}
