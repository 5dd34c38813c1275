// What a route asks of whoever calls it, besides a good token.
import type { AuthContext } from './auth.js'
import { callSafely } from './failures.js'
import type { Said } from './refusal.js'
import { assertRule, isAmount, isFunction, isSwitch, isText, isTexts, members, rule } from './rules.js'

export interface Guard {
  /** Scopes, all of which the token must have: a list, or words as in `scope`. */
  readonly scope?: string | readonly string[]
  /** Roles, one of which the user must have. */
  readonly role?: string | readonly string[]
  /** Whether a second factor must have been shown. */
  readonly mfa?: boolean
  /** Seconds since the user last proved who they are, at most. */
  readonly maxAgeSec?: number
  /** Anything else; only `true` lets pass. One that throws refuses, and the log says so. */
  readonly where?: (auth: AuthContext) => boolean
}

const ofGuards = members({
  // All of no scopes would be everybody; one of no roles is nobody, which a list that is made elsewhere may come to.
  scope: rule(
    (value) => isText(value) || (isTexts(value) && (value as string[]).length > 0),
    'scopes, as words or as a list, one at least',
  ),
  role: rule((value) => isText(value) || isTexts(value), 'a role, or a list of roles'),
  mfa: rule(isSwitch, 'true or false'),
  maxAgeSec: rule(isAmount, 'a number of seconds'),
  where: rule(isFunction, 'a function that answers true for whoever may pass'),
} satisfies Record<keyof Guard, unknown>)

/**
 * Cheap enough for each request: a guard that was written into a call is another object every time.
 * @param name how whoever wrote the guard calls it
 * @throws TypeError where the guard has a member that is none of ours, or is of another type
 */
export function assertGuard(name: string, guard: unknown): void {
  assertRule(name, guard, ofGuards)
}

/** Why the guard does not let pass at `now` (milliseconds), or undefined where it does. `log` hears of a `where` that fails. */
export function guardProblem(
  guard: Guard,
  auth: AuthContext,
  now: number,
  log: (message: string) => void,
): Said | undefined {
  return (
    scopeProblem(guard, auth) ??
    roleProblem(guard, auth) ??
    proofProblem(guard, auth, now) ??
    whereProblem(guard, auth, log)
  )
}

function scopeProblem({ scope }: Guard, { scopes }: AuthContext): Said | undefined {
  const wanted = [scope ?? []].flat().flatMap((words) => words.split(' ').filter(Boolean))
  const lacking = wanted.filter((one) => !scopes.has(one))
  if (lacking.length === 0) return undefined
  return {
    code: 'forbidden',
    reason: 'scope',
    detail: `The token lacks the scope ${lacking.join(' ')}.`,
    challenge: { error: 'insufficient_scope', scope: wanted.join(' ') },
  }
}

function roleProblem({ role }: Guard, { roles }: AuthContext): Said | undefined {
  if (role === undefined) return undefined
  const wanted = [role].flat()
  if (wanted.some((one) => roles.has(one))) return undefined
  return { code: 'forbidden', reason: 'role', detail: `The role ${wanted.join(' or ')} is needed.` }
}

/** RFC 9470. A token that does not say when its user proved who they are is too old for any age. */
function proofProblem(
  { mfa, maxAgeSec }: Guard,
  { amr, authTime }: AuthContext,
  now: number,
): Said | undefined {
  const error = 'insufficient_user_authentication'
  if (mfa && !amr.includes('mfa'))
    return {
      code: 'step_up_required',
      reason: 'mfa',
      detail: 'A second factor is needed.',
      challenge: { error, acr_values: 'mfa' },
      more: { acr_values: 'mfa' },
    }
  if (maxAgeSec === undefined || now - authTime <= maxAgeSec * 1000) return undefined
  return {
    code: 'step_up_required',
    reason: 'age',
    detail: `A proof of who you are that is at most ${maxAgeSec} seconds old is needed.`,
    challenge: { error, max_age: maxAgeSec },
    more: { max_age: maxAgeSec },
  }
}

function whereProblem({ where }: Guard, auth: AuthContext, log: (message: string) => void): Said | undefined {
  if (where === undefined) return undefined
  // Its words are somebody else's, and it had the token.
  const failed = (words: string) =>
    log(`a guard’s where failed, and refused: ${words.replaceAll(auth.token, '(the token)')}`)
  if (callSafely(() => where(auth), failed) === true) return undefined
  return { code: 'forbidden', reason: 'where', detail: 'This is not for you.' }
}
