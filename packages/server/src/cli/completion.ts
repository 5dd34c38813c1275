// `sallyport completion`: what the shells offer after Tab, made from the list of commands.
import type { Run } from './call.js'
import { commands } from './commands.js'
import { out, say } from './print.js'
import { usage } from './speak.js'

/** What may follow each beginning of a command: words, or the options of a whole one. */
function offers(): Map<string, string[]> {
  const offered = new Map<string, string[]>()
  const offer = (after: string, word: string) => {
    const words = offered.get(after) ?? []
    if (!words.includes(word)) offered.set(after, [...words, word])
  }
  for (const { name, options = [], settings } of commands) {
    const words = name.split(' ')
    words.forEach((word, at) => {
      offer(words.slice(0, at).join(' '), word)
    })
    for (const [flags] of options) offer(name, flags.split(' ')[0]!)
    if (settings !== false) offer(name, '--config')
    offer(name, '--help')
  }
  offered.set('completion', ['bash', 'zsh', 'fish'])
  return offered
}

function bash(): string {
  const cases = [...offers()].map(([after, words]) => `    '${after}') words='${words.join(' ')}' ;;`)
  return `# sallyport: bash completion
_sallyport() {
  local command='' words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    command="\${command:+$command }$word"
  done
  while :; do
    case "$command" in
${cases.join('\n').replace(/^/gm, '  ')}
    esac
    [ -n "$words" ] || [ -z "$command" ] && break
    case "$command" in *' '*) command="\${command% *}" ;; *) break ;; esac
  done
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _sallyport sallyport
`
}

/** zsh runs what bash does. */
function zsh(): string {
  return `#compdef sallyport
autoload -U +X bashcompinit && bashcompinit
${bash()}`
}

function fish(): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = commands.flatMap(({ name, does, options = [] }) => {
    const words = name.split(' ')
    const seen = words.slice(0, -1).map((word) => `__fish_seen_subcommand_from ${word}`)
    const before = seen.length > 0 ? seen.join('; and ') : '__fish_use_subcommand'
    const within = words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ')
    const flags = options.map(([spelled, means]) => {
      const long = spelled.split(' ')[0]!.slice(2)
      const takes = spelled.includes('<') ? ' -r' : ''
      return `complete -c sallyport -n ${quote(within)} -l ${long}${takes} -d ${quote(means)}`
    })
    return [`complete -c sallyport -f -n ${quote(before)} -a ${words.at(-1)} -d ${quote(does)}`, ...flags]
  })
  const groups = [
    ...new Set(commands.map(({ name }) => name.split(' ')).flatMap(([head, next]) => (next ? [head] : []))),
  ]
  const heads = `complete -c sallyport -f -n __fish_use_subcommand -a ${quote(groups.join(' '))}`
  return `# sallyport: fish completion\n${[heads, ...lines].join('\n')}\n`
}

const shells: Readonly<Record<string, { script: () => string; install: string }>> = {
  bash: {
    script: bash,
    install: 'sallyport completion bash > ~/.local/share/bash-completion/completions/sallyport',
  },
  zsh: { script: zsh, install: 'sallyport completion zsh > ~/.zfunc/_sallyport, a directory of your fpath' },
  fish: { script: fish, install: 'sallyport completion fish > ~/.config/fish/completions/sallyport.fish' },
}

export const completion: Run = async ({ names: [name = ''] }) => {
  const shell = Object.hasOwn(shells, name) ? shells[name] : undefined
  if (!shell) throw usage(`${name} is no shell that is known here`, 'sallyport completion bash')
  await out(shell.script())
  if (process.stdout.isTTY) say(`→ ${shell.install}`)
  return 0
}
