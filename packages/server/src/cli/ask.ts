// Questions to a person: only where stdin and stderr are a terminal. Secrets come by prompt (no echo, asked twice),
// from stdin or from a file, never from the command line. Prompts go to stderr.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { readValueFile } from '../config/given.js'
import { CommandError, usage } from './speak.js'

/** Whether somebody is there to answer. */
export function isAttended(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true
}

/** One line from the terminal; an empty answer is the fallback. */
export async function ask(question: string, fallback = ''): Promise<string> {
  const shown = fallback === '' ? question : `${question} [${fallback}]`
  return (await line(`${shown}: `, process.stderr)).trim() || fallback
}

/** A secret from the terminal, asked twice, without showing it. Throws CommandError (3) where the two differ. */
export async function askSecret(question: string): Promise<string> {
  const first = await hidden(`${question}: `)
  if (first !== (await hidden('The same again: ')))
    throw new CommandError('the two were not the same; nothing was changed', 'Run the command again', 3)
  return first
}

/** A secret from the terminal, once: one that is only looked at. */
export async function hidden(question: string): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  // The terminal shows nothing any more before anybody is asked.
  const typed = line('', nowhere)
  process.stderr.write(question)
  const answer = await typed
  process.stderr.write('\n')
  return answer
}

async function line(question: string, output: NodeJS.WritableStream): Promise<string> {
  const lines = createInterface({ input: process.stdin, output, terminal: true })
  const away = new Promise<never>((_, failed) => {
    lines.once('SIGINT', () => failed(abandoned()))
    lines.once('close', () => failed(abandoned()))
  })
  try {
    return await Promise.race([lines.question(question), away])
  } finally {
    away.catch(() => {})
    lines.close()
  }
}

const abandoned = () => new CommandError('stopped; nothing was changed', 'Run the command again', 3)

/**
 * Has a person confirm what cannot be undone, unless `--yes` did. Throws CommandError (3) where nobody is there, or the
 * answer is not yes.
 */
export async function confirmed(what: string, yes: boolean | undefined, again: string): Promise<void> {
  if (yes) return
  if (!isAttended())
    throw new CommandError(`${what}: not confirmed, and nobody is there to ask`, `${again} --yes`, 3)
  const answer = await line(`${what}. Type yes to go on: `, process.stderr)
  if (answer.trim() !== 'yes') throw new CommandError('not confirmed; nothing was changed', again, 3)
}

export interface SecretOptions {
  passwordStdin?: boolean
  passwordFile?: string
}

/** A password from stdin or a file where one of them was named. Throws CommandError (2). */
export function givenPassword({ passwordStdin, passwordFile }: SecretOptions, command: string) {
  return givenSecret('password', passwordStdin, passwordFile, `sallyport ${command} --help`)
}

/** The same of any secret; `what` is the word of its options. Throws CommandError (2). */
export async function givenSecret(
  what: string,
  stdin: boolean | undefined,
  file: string | undefined,
  next: string,
): Promise<string | undefined> {
  if (stdin && file !== undefined)
    throw usage(`--${what}-stdin and --${what}-file name two ${what}s; keep one of them`, next)
  if (!stdin && file === undefined) return undefined
  const secret = stdin ? await readStdin() : readSecretFile(file!, next)
  if (secret !== '') return secret
  throw usage(`there is no ${what} in ${stdin ? 'stdin' : file}`, next)
}

/** What a file holds, without its closing newline. Throws CommandError (2). */
export function readSecretFile(path: string, next: string): string {
  const content = readValueFile(path)
  if ('says' in content) throw usage(content.says, next)
  return content.value
}

/** All of stdin, without its closing newline. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}
