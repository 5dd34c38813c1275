// What a command is handed: the names and options that were typed, and where its settings come from.
import type { Asked } from './start.js'

/** Every option of every command; which ones a command takes stands in commands.ts. */
export interface Options {
  json?: boolean
  yes?: boolean
  force?: boolean
  dryRun?: boolean
  deep?: boolean
  search?: string
  status?: string
  limit?: string
  cursor?: string
  email?: string
  username?: string
  name?: string
  role?: string[]
  emailVerified?: boolean
  passwordStdin?: boolean
  passwordFile?: string
  /** False with `--no-password`. */
  password?: boolean
  reason?: string
  user?: string
  event?: string
  from?: string
  to?: string
  scope?: string[]
  expiresIn?: string
  endAllSessions?: boolean
  tokenFile?: string
  state?: string
  channel?: string
  locale?: string
  html?: boolean
  source?: boolean
  against?: string
  scene?: string
  map?: string[]
  update?: boolean
  administrators?: boolean
  firebase?: string
  report?: string
  passphraseStdin?: boolean
  passphraseFile?: string
  withoutPasswords?: boolean
  toFile?: string
  toStdin?: boolean
  fromFile?: string
  resume?: boolean
  reopen?: boolean
  after?: boolean
  same?: boolean
}

export interface Call {
  /** As it was typed, such as `user create`. */
  readonly command: string
  /** What was typed behind the command before the first setting. */
  readonly names: readonly string[]
  readonly options: Options
  readonly asked: Asked
}

/** Runs a command and answers the exit code. */
export type Run = (call: Call) => Promise<number>
