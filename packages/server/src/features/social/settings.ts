// Where a provider is found and what we are called there: configured, and never taken from a request or a token.
import { fail } from '@sallyport/protocol'
import type { Context } from '../../domain/context.js'
import { list, type Setting, text } from '../../util/setting.js'

const GOOGLE = 'https://accounts.google.com'
const url = {
  expected: 'an https URL (http only on this machine, in development)',
  test: isProviderUrl,
  onlyInDevelopment: (value: string) => value.startsWith('http:'),
}

const clientIds = list('social.google.client_id', [], {
  doc: 'The client ids that this application has at Google, one for each platform; without one nobody signs in with Google.',
  expected: 'one client id, or a list of them',
  test: (item) => /^[\x21-\x7e]{1,255}$/.test(item),
})
const issuer = text('social.google.issuer', GOOGLE, {
  doc: 'Who signs the credentials of Google; another one is for tests.',
  ...url,
})
const jwksUri = text('social.google.jwks_uri', 'https://www.googleapis.com/oauth2/v3/certs', {
  doc: 'Where the keys of that issuer are.',
  ...url,
})
export const socialSettings: readonly Setting<never>[] = [clientIds, issuer, jwksUri] as never

/** What a credential of Google is held against. */
export interface Provider {
  readonly name: 'google'
  readonly clientIds: readonly string[]
  readonly issuers: readonly string[]
  readonly jwksUri: string
}

/** Google as it is configured; undefined where it is not. */
export function findGoogle({ settings }: Pick<Context, 'settings'>): Provider | undefined {
  const ids = settings.get(clientIds)
  const name = settings.get(issuer)
  // Google itself writes its name either way.
  const issuers = name === GOOGLE ? [GOOGLE, new URL(GOOGLE).host] : [name]
  if (ids.length === 0) return undefined
  return { name: 'google', clientIds: ids, issuers, jwksUri: settings.get(jwksUri) }
}

/** The same. Throws `not_found` where it is not configured. */
export function requireGoogle(context: Pick<Context, 'settings'>): Provider {
  const google = findGoogle(context)
  if (google) return google
  throw fail('not_found', { detail: 'Nobody signs in with Google here: social.google.client_id is not set.' })
}

function isProviderUrl(text: string): boolean {
  if (!URL.canParse(text) || /\s/.test(text)) return false
  const { protocol, hostname, username, password } = new URL(text)
  if (username !== '' || password !== '') return false
  const isHere = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
  return protocol === 'https:' || (protocol === 'http:' && isHere)
}
