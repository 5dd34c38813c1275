// Making an account.
import { type PageAnswer, signUp } from '@sallyport/protocol'
import { begin, CODE_LIFETIME, flowCookie } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { Field, Form, NewPassword, Summary } from '../views/form.js'
import { given, page, type Visit, withReturn } from '../visit.js'
import { arrive, looksLikeNumber } from '../visitor.js'
import { identifierLabel, statusOf } from './sign-in.js'

export const signUpPage: Page = {
  path: '/sign-up',
  aliases: { email: 'identifier', preferred_username: 'identifier', phone_number: 'identifier' },
  show: (visit, problems) => (visit.tools.settings.signUp.open ? signUpForm(visit, problems) : closed(visit)),
  act: async (visit) => {
    const { request, tools } = visit
    const name = given(visit, 'name')
    const output = await request.call(signUp, {
      ...identifierOf(request.form.identifier ?? '', tools.settings.signUp.identifiers),
      password: request.form.password ?? '',
      ...(name !== undefined && { name }),
      locale: visit.speech.language,
    })
    if ('next' in output) return begin(visit, '/verify', 'verify', output.email, output)
    const there = arrive(visit)
    const { ticket, user } = output
    if (ticket === undefined || user.email === undefined) return there
    // The link of the message that is on its way will know this browser.
    // Where it was to lead it leads now: the message leads to the account.
    const now = { ...visit, returnTo: {} }
    const flow = flowCookie(now, 'verify', user.email, { expires_in: CODE_LIFETIME, ticket })
    const others = (there.cookies ?? []).filter(({ name }) => name !== 'flow')
    return { ...there, cookies: [...others, flow] }
  },
}

/** One field for all: what holds an @ is an address, what looks like a number one. */
function identifierOf(text: string, kinds: readonly string[]) {
  const only = kinds.length === 1 ? kinds[0] : undefined
  if (only === 'email' || (!only && text.normalize('NFKC').includes('@'))) return { email: text }
  const isNumber = kinds.includes('phone') && looksLikeNumber(text)
  return only === 'phone' || isNumber ? { phone_number: text } : { preferred_username: text }
}

function signUpForm(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, tools } = visit
  const { t } = speech
  const { signUp: rules } = tools.settings
  const title = t('signUp.title')
  const shared = { visit, problems }
  const labels = {
    name: t('field.name'),
    identifier: t(identifierLabel(rules.identifiers)),
    password: t('field.password'),
  }
  const view = (
    <Card title={title}>
      <Summary visit={visit} problems={problems} labels={labels} />
      <Form visit={visit} action="/sign-up" button={t('signUp.button')}>
        <Field {...shared} name="identifier" kind="newIdentifier" label={labels.identifier} focus />
        <NewPassword {...shared} name="password" label={labels.password} />
        <Field {...shared} name="name" kind="name" label={labels.name} optional />
      </Form>
      <p className="aside">
        {t('signUp.haveAccount')} <a href={withReturn(visit, '/sign-in')}>{t('signUp.signIn')}</a>
      </p>
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

function closed(visit: Visit): PageAnswer {
  const { t } = visit.speech
  const title = t('signUp.title')
  const view = (
    <Card title={title} lead={t('signUp.closed')}>
      <p>{t('signUp.closedHint')}</p>
      <p>
        <a href={withReturn(visit, '/sign-in')}>{t('signUp.signIn')}</a>
      </p>
    </Card>
  )
  return page(visit, view, { title }, { status: 403 })
}
