// A failure in the words of a page: one sentence for the whole, one for each field it names. What the catalogue of
// errors says in English for developers is said here for people, in their language.
import type { Failure } from '@sallyport/protocol'
import type { Visit } from './visit.js'

export interface Problems {
  readonly status: number
  readonly summary: string
  /** By the name of the form's field. */
  readonly fields: Readonly<Record<string, string>>
  /** Seconds to wait; a script counts them down. */
  readonly wait?: number
}

/** Form fields by the member that a failure names. */
export type Aliases = Readonly<Record<string, string>>

const usualWait = 1

/** What a refused operation means for the form that asked for it. */
export function problemsOf(
  { speech, tools }: Visit,
  { code, details, status }: Failure & { status: number },
  aliases: Aliases = {},
): Problems {
  const wait = details.retryAfter ?? usualWait
  const values = { count: tools.settings.passwordLength, wait: speech.wait(wait) }
  const key = `problem.${code}`
  const known = speech.has(key) || speech.has(`${key}_other`)
  const say = (name: string) => speech.t(name as never, values)
  const fields: Record<string, string> = {}
  for (const { path, code: wrong } of details.fields ?? []) {
    const member = String(path[0] ?? '')
    fields[aliases[member] ?? member] = code.startsWith('password_')
      ? say(key)
      : wrongWith(speech, member, wrong)
  }
  const taken = takenMembers[code]
  if (taken) fields[aliases[taken] ?? taken] = say(key)
  const summary = known ? say(key) : speech.t(code === 'invalid_request' ? 'problem.title' : 'problem.other')
  return { status, summary, fields, ...(details.retryAfter !== undefined && { wait }) }
}

const takenMembers: Readonly<Record<string, string>> = {
  email_taken: 'email',
  username_taken: 'preferred_username',
  phone_taken: 'phone_number',
}
const words: Readonly<Record<string, string>> = { preferred_username: 'username' }

function wrongWith({ t, has }: Visit['speech'], member: string, code: string): string {
  if (code === 'required' || code === 'too_short') return t('wrong.required')
  if (code === 'too_long') return t('wrong.too_long')
  const key = `wrong.${words[member] ?? member}`
  return has(key) ? t(key) : t('wrong.other')
}
