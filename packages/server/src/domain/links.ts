// Where the links in messages lead: to our own pages, or to those of the application. The host comes from the
// configuration and never from a request, so nobody can have a link sent that leads to them.
import { type Setting, text } from '../util/setting.js'
import { type MailingContract, mailRule, type Purpose } from './code-rules.js'
import type { Context } from './context.js'

export type LinkKind = 'verify' | 'reset' | 'login' | 'undo' | 'restore'

/** The pages of ours, under the issuer. */
const pages: Readonly<Record<LinkKind, string>> = {
  verify: '/verify/link?t={token}',
  reset: '/reset?t={token}',
  login: '/sign-in/link?t={token}',
  undo: '/undo?t={token}',
  restore: '/restore?t={token}',
}

const link = (kind: LinkKind, what: string) =>
  text(`links.${kind}`, undefined, {
    doc: `Where the link leads that ${what}; \`{token}\` stands for its secret.`,
    shown: `<issuer>${pages[kind]}`,
    expected:
      'an https URL with {token} once in its path, query or fragment, such as https://app.example/link?token={token}; http for this machine alone; or an application’s own scheme such as com.example.app://link?token={token}',
    test: isTemplate,
  })

const settings: Readonly<Record<LinkKind, Setting<string | undefined>>> = {
  verify: link('verify', 'proves an address'),
  reset: link('reset', 'sets a new password'),
  login: link('login', 'signs in'),
  undo: link('undo', 'takes a change back'),
  restore: link('restore', 'brings a deleted account back'),
}

const contractPages = text('contract_pages', undefined, {
  doc: 'The front end to which the links in messages of foreign contracts lead, where a contract has pages of its own.',
  shown: '<issuer>',
  expected:
    'an https URL without query and fragment, such as https://app.example; http for this machine alone',
  test: isBase,
})
export const linkSettings: readonly Setting<never>[] = [...Object.values(settings), contractPages] as never

/** The link of a token. */
export function linkTo(context: Pick<Context, 'settings' | 'issuer'>, kind: LinkKind, token: string): string {
  const template = context.settings.get(settings[kind]) ?? context.issuer + pages[kind]
  return template.replace('{token}', token)
}

/** The link of a message that a contract has a page for; undefined where it has none. */
export function contractLink(
  context: Pick<Context, 'settings' | 'issuer'>,
  contract: MailingContract | undefined,
  purpose: Purpose,
  token: string,
): string | undefined {
  const rule = mailRule(contract, purpose)
  if (!rule) return undefined
  return (context.settings.get(contractPages) ?? context.issuer).replace(/\/$/, '') + rule.page + token
}

const isLocal = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)

function isBase(value: string): boolean {
  if (!/^https?:\/\/[^\s\\<>"'{}?#]+$/i.test(value) || !URL.canParse(value)) return false
  const { protocol, hostname, username, password } = new URL(value)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || isLocal(hostname)
}

function isTemplate(value: string): boolean {
  const [before = '', after, ...more] = value.split('{token}')
  if (after === undefined || more.length > 0 || /[\s\\<>"'{}]/.test(before + after)) return false
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(before)) return false
  const [one, other] = ['a', 'b'].map((token) => before + token + after)
  if (!URL.canParse(one!) || !URL.canParse(other!)) return false
  const { protocol, host, hostname, username, password } = new URL(one!)
  if (host !== new URL(other!).host || username !== '' || password !== '') return false
  if (protocol === 'https:') return true
  if (protocol === 'http:') return isLocal(hostname)
  // Private-use schemes have a dot (RFC 8252 section 7.1); «javascript» and the like have none.
  return protocol.includes('.')
}
