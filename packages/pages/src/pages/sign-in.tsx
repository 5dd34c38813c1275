// Signing in: identifier and password together, so that password managers fill both.
import { Failure, getProfile, logIn, type PageAnswer, type User } from '@sallyport/protocol'
import { begin, CODE_LIFETIME } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { Done, Field, Form, Summary } from '../views/form.js'
import { go, page, returnCookieLine, type Visit, withReturn, wordOf } from '../visit.js'
import { accountName, arrive } from '../visitor.js'

export const signIn: Page = {
  path: '/sign-in',
  show: async (visit, problems) => {
    const user = problems ? undefined : await whoIsThere(visit)
    if (user === undefined) return signInForm(visit, problems)
    const { returnTo, request } = visit
    if (returnTo.address === undefined || request.query.prompt === 'login') return alreadyIn(visit, user)
    return goOn(visit, returnTo.address)
  },
  act: async (visit) => {
    const { identifier = '', password = '' } = visit.request.form
    try {
      await visit.request.call(logIn, { identifier, password })
    } catch (error) {
      // The password was right, so this is told to nobody else; another message has been sent.
      if (!(error instanceof Failure) || error.code !== 'email_not_verified') throw error
      // A username is no address that anything could be sent to; the page asks for it.
      const account = identifier.includes('@') ? identifier : ''
      return begin(visit, '/verify', 'verify', account, { expires_in: CODE_LIFETIME })
    }
    return arrive(visit)
  },
}

/** On to where it was asked for; an application that takes the access cookie needs one that is good. */
async function goOn({ request, returnTo, returnCookie }: Visit, address: string): Promise<PageAnswer> {
  // A ticket is a gateway's, which takes the cookie of the pages, or leads to a page of ours.
  const { return_to, rt } = request.query
  const first = return_to === undefined || rt !== undefined ? undefined : await request.renewal()
  if (first === undefined || returnTo.sealed === undefined) return go(address)
  const query = new URLSearchParams({ rt: returnTo.sealed })
  const cookies = returnCookie.isNew ? [returnCookieLine(returnCookie)] : []
  return go(`${first}?${query}`, { cookies })
}

/** The user of a live session; nobody where there is none, which here is nobody's mistake. */
async function whoIsThere({ request }: Visit): Promise<User | undefined> {
  if (!request.hasSession) return undefined
  try {
    return (await request.call(getProfile, {})).user
  } catch (error) {
    if (error instanceof Failure && error.code === 'session_ended') return undefined
    throw error
  }
}

const told = { reset: 'reset.done', restored: 'link.undoDeleteDone' } as const

function signInForm(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, tools, request, returnTo } = visit
  const { t } = speech
  const { signUp } = tools.settings
  const title = t('signIn.title')
  const label = t(identifierLabel(signUp.identifiers))
  const host = returnTo.origin && new URL(returnTo.origin).host
  const done = wordOf(told, request.query.done)
  const view = (
    <Card title={title} lead={host && t('continueTo', { host })}>
      <Summary visit={visit} problems={problems} />
      {!problems && request.query.ended !== undefined && <Done>{t('problem.session_ended')}</Done>}
      {!problems && request.query.several !== undefined && <Done>{t('problem.several')}</Done>}
      {!problems && returnTo.refused && <Done>{t('problem.return')}</Done>}
      {!problems && done && <Done>{t(done)}</Done>}
      <Form visit={visit} action="/sign-in" button={t('signIn.button')}>
        <Field visit={visit} name="identifier" kind="identifier" label={label} problems={problems} focus />
        <Field
          visit={visit}
          name="password"
          kind="currentPassword"
          label={t('field.password')}
          problems={problems}
        />
      </Form>
      <p className="aside">
        <a href={withReturn(visit, '/forgot')}>{t('signIn.forgot')}</a>
        <br />
        <a href={withReturn(visit, '/sign-in/code')}>{t('signIn.byCode')}</a>
      </p>
      {signUp.open && (
        <p className="aside">
          {t('signIn.noAccount')} <a href={withReturn(visit, '/sign-up')}>{t('signIn.signUp')}</a>
        </p>
      )}
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

function alreadyIn(visit: Visit, user: User): PageAnswer {
  const { speech, returnTo, request } = visit
  const { t } = speech
  const title = t('signIn.title')
  const view = (
    <Card title={title} lead={t('signIn.already')}>
      {request.query.several !== undefined && <Done>{t('problem.several')}</Done>}
      <p>{t('account.of', { account: accountName(user) })}</p>
      <p>
        <a className="primary" href={returnTo.address ?? '/account'}>
          {t('signIn.continue')}
        </a>
      </p>
      <form method="post" action="/sign-out">
        <input type="hidden" name="form" value={visit.commonToken} />
        <input type="hidden" name="next" value="sign-in" />
        {returnTo.sealed !== undefined && <input type="hidden" name="rt" value={returnTo.sealed} />}
        <button type="submit" className="secondary">
          {t('signIn.other')}
        </button>
      </form>
    </Card>
  )
  return page(visit, view, { title })
}

/** What one signs in by, by the kinds that count here. */
const labels = {
  email: 'field.email',
  username: 'field.username',
  phone: 'phone.field',
  'email phone': 'field.emailOrPhone',
  'email username': 'field.identifier',
} as const
export const identifierLabel = (identifiers: readonly string[]) =>
  labels[[...identifiers].sort().join(' ') as keyof typeof labels] ?? 'field.identifierOrPhone'

/** The status of a page that is shown again, and how long to wait before the next try. */
export const statusOf = (problems: Problems | undefined): Partial<PageAnswer> =>
  problems
    ? { status: problems.status, ...(problems.wait !== undefined && { retryAfter: problems.wait }) }
    : {}
