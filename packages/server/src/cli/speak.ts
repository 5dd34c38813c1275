// Errors as sentences for a person, each with the next command to try. Only what nobody foresaw shows a stack.
import { type ErrorCode, errors, type Failure } from '@sallyport/protocol'
import { ConfigError, StartError } from '../config/errors.js'
import { reasonOf } from '../config/given.js'

/** 1 failed, 2 wrong usage, 3 not confirmed, 4 cannot reach. */
export type FailedExit = 1 | 2 | 3 | 4

/** A command that ends with more than «failed»: what went wrong, the next command, and the exit code. */
export class CommandError extends StartError {
  readonly exit: FailedExit
  constructor(message: string, next: string, exit: FailedExit, options?: ErrorOptions) {
    super(message, next, options)
    this.name = 'CommandError'
    this.exit = exit
  }
}

/** An error of whoever typed the command. */
export const usage = (message: string, next: string) => new CommandError(message, next, 2)

/** What stderr gets; ends with a newline. */
export function sentenceOf(error: unknown): string {
  if (error instanceof StartError) return `sallyport: ${error.message}\n→ ${error.next}\n`
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `sallyport: stopped by an error it did not expect; please report it\n${told}\n`
}

/** What the process ends with; 2 for settings where only the command line is to blame. */
export function exitCodeOf(error: unknown): FailedExit {
  if (error instanceof CommandError) return error.exit
  return error instanceof ConfigError && error.problems.every(({ source }) => source === 'flag') ? 2 : 1
}

const another = 'Run the command again with another password'
const remedies: Partial<Record<ErrorCode, string>> = {
  email_taken: 'See whose it is: sallyport user list --search <address>',
  username_taken: 'See whose it is: sallyport user list --search <username>',
  password_too_short: another,
  password_too_long: another,
  password_too_common: another,
  forbidden: 'Make another administrator first: sallyport user grant <user> admin',
  store_unavailable: 'See what is wrong with it: sallyport doctor',
}

/** A failed operation in words; `hints` are the next commands that the calling command knows better. */
export function failureError(
  failure: Failure,
  command: string,
  hints: Partial<Record<ErrorCode, string>>,
): CommandError {
  const { code, details } = failure
  const fields = (details.fields ?? [])
    .filter(({ detail }) => detail !== failure.message)
    .map(({ path, detail }) => `\n  ${path.join('.')}: ${detail}`)
  const usual = code === 'invalid_request' ? `sallyport ${command} --help` : errors[code].remedy
  const exit = code === 'invalid_request' ? 2 : code === 'store_unavailable' ? 4 : 1
  const message = `${failure.message.replace(/\.$/, '')}${fields.join('')}`
  return new CommandError(message, hints[code] ?? remedies[code] ?? usual, exit, { cause: failure })
}

/** Why a file could not be read or written, in words; undefined where it was something else. */
export function fileTrouble(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).syscall === undefined ? undefined : reasonOf(error)
}

/** Says a failed listen in the words of the settings; any other error stays what it is. */
export function listenError(error: unknown, host: string, port: number): unknown {
  const { code } = error as NodeJS.ErrnoException
  const told: Record<string, [string, string]> = {
    EADDRINUSE: [
      `port ${port} is in use by another program (the setting \`port\`)`,
      `Stop that program, or take another port: --port ${port + 1}, or --port 0 for any free one`,
    ],
    EACCES: [
      `this user may not listen on port ${port} (the setting \`port\`)`,
      'Take a port above 1023, such as --port 4400, and let a proxy forward to it',
    ],
    EADDRNOTAVAIL: [
      `${host} is no address of this machine (the setting \`host\`)`,
      'Take localhost, 0.0.0.0 or an address of this machine: --host 0.0.0.0',
    ],
    ENOTFOUND: [
      `the host ${host} is not known (the setting \`host\`)`,
      'Take localhost or an address: --host localhost',
    ],
  }
  const words = code !== undefined && Object.hasOwn(told, code) ? told[code] : undefined
  return words ? new StartError(words[0], words[1], { cause: error }) : error
}
