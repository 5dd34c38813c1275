// Making an account.
import { type PageAnswer, signUp } from '@sallyport/protocol'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { Field, Form, NewPassword, Summary } from '../views/form.js'
import { given, page, type Visit, withReturn } from '../visit.js'
import { arrive } from '../visitor.js'
import { identifierLabel, statusOf } from './sign-in.js'

export const signUpPage: Page = {
  path: '/sign-up',
  aliases: { email: 'identifier', preferred_username: 'identifier' },
  show: (visit, problems) => (visit.tools.settings.signUp.open ? signUpForm(visit, problems) : closed(visit)),
  act: async (visit) => {
    const { request, tools } = visit
    const name = given(visit, 'name')
    await request.call(signUp, {
      ...identifierOf(request.form.identifier ?? '', tools.settings.signUp.identifiers),
      password: request.form.password ?? '',
      ...(name !== undefined && { name }),
      locale: visit.speech.language,
    })
    return arrive(visit)
  },
}

/** One field for both: what holds an @ is an address. */
function identifierOf(text: string, kinds: readonly string[]) {
  const isEmail = kinds.length === 1 ? kinds[0] === 'email' : text.normalize('NFKC').includes('@')
  return isEmail ? { email: text } : { preferred_username: text }
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
