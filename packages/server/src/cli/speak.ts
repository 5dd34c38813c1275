// Errors as sentences for a person, each with the next command to try. Only what nobody foresaw shows a stack.
import { ConfigError, StartError } from '../config/errors.js'

/** What stderr gets; ends with a newline. */
export function sentenceOf(error: unknown): string {
  if (error instanceof StartError) return `sallyport: ${error.message}\n→ ${error.next}\n`
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return `sallyport: stopped by an error it did not expect; please report it\n${told}\n`
}

/** 2 where only the command line is to blame, else 1. */
export function exitCodeOf(error: unknown): 1 | 2 {
  return error instanceof ConfigError && error.problems.every(({ source }) => source === 'flag') ? 2 : 1
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
