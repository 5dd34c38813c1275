import type { InputOf, OutputOf, explainToken as operation } from '@sallyport/protocol'
import { isApiKey } from '../../domain/apikeys.js'
import type { Caller, Context } from '../../domain/context.js'
import { explainAccessToken } from './access-token.js'
import { explainContractToken, findContractToken } from './contract-token.js'
import { explainApiKey, explainVerifierKey } from './other-keys.js'
import { explainRefreshToken } from './refresh-token.js'
import { createSteps, type Steps } from './steps.js'

/** Looks at a token as the server would just now, a step at a time, up to the first that fails. */
export async function explainToken(
  context: Context,
  caller: Caller,
  { token }: InputOf<typeof operation>,
): Promise<OutputOf<typeof operation>> {
  await context.changes.catchUp()
  const steps = createSteps()
  const made = isJwt(token) ? findContractToken(context, token) : undefined
  const kind = made?.kind === 'refresh' ? 'refresh token' : kindOf(token)
  if (made) await explainContractToken(context, token, made, steps)
  else await explain[kind](context, caller, token, steps)
  return { accepted: steps.all.every(({ ok }) => ok), kind, steps: steps.all }
}

type Explain = (context: Context, caller: Caller, token: string, steps: Steps) => unknown

const explain = {
  'access token': explainAccessToken,
  'refresh token': explainRefreshToken,
  'API key': explainApiKey,
  'verifier key': explainVerifierKey,
  unknown: (_context, _caller, token, steps) => steps.add('shape', false, describe(token)),
} satisfies Record<string, Explain>

const isJwt = (token: string) => /^[^\s.]*\.[^\s.]*\.[^\s.]*$/.test(token)

function kindOf(token: string): keyof typeof explain {
  if (isApiKey(token)) return 'API key'
  if (token.startsWith('vk_')) return 'verifier key'
  if (isJwt(token)) return 'access token'
  return /^[\w-]{86}$/.test(token) ? 'refresh token' : 'unknown'
}

function describe(token: string): string {
  const found = /\s/.test(token) ? 'with white space in between' : 'of no form that is used here'
  return (
    `${token.length} characters ${found}; an access token is three parts with dots between them, ` +
    'a refresh token 86 letters, digits, - and _, an API key begins with ak_, a verifier key with vk_'
  )
}
