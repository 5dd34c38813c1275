// What stops a start, in sentences for the person who started it. The command line prints them without a stack.

/** Something the operator mends; `next` is the command or the change that does it. */
export class StartError extends Error {
  readonly next: string
  constructor(message: string, next: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
    this.next = next
  }
}

export type Source = 'default' | 'file' | 'environment' | 'flag'

export interface Problem {
  /** The setting, or the name that is none. */
  readonly name: string
  readonly source: Source
  /** File with line and column, variable, or flag. */
  readonly where: string
  /** A sentence: what was found and what was expected. */
  readonly says: string
}

/** Every problem of the configuration at once. */
export class ConfigError extends StartError {
  readonly problems: readonly Problem[]
  constructor(problems: readonly Problem[]) {
    const lines = problems.map(({ where, says }) => `  ${where}: ${says}`)
    const head = problems.length === 1 ? 'a setting is wrong' : `${problems.length} settings are wrong`
    super(
      `${head}\n${lines.join('\n')}`,
      'sallyport config lists every setting, its value and where it came from',
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}
