// Signing in with a code or a link instead of a password.
import { getLink, type PageAnswer, requestCode, verifyCode } from '@sallyport/protocol'
import { begin, flowOf } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { CodeField, Resend, typedCode } from '../views/code.js'
import { Done, Field, Form, Summary } from '../views/form.js'
import { go, page, type Visit, withReturn } from '../visit.js'
import { arrive, looksLikeNumber } from '../visitor.js'
import { deadLink, linkOf } from './link.js'
import { statusOf } from './sign-in.js'

/** A number has no @ and begins like one. */
const addressOf = (account: string) =>
  looksLikeNumber(account) ? { phone_number: account } : { email: account }

async function ask(visit: Visit, account: string, path: string): Promise<PageAnswer> {
  return begin(visit, path, 'login', account, await visit.request.call(requestCode, addressOf(account)))
}

export const codeRequest: Page = {
  path: '/sign-in/code',
  aliases: { email: 'identifier', phone_number: 'identifier' },
  show: (visit, problems) => {
    const { t } = visit.speech
    const title = t('code.title')
    const byPhone = visit.tools.settings.phone
    const label = t(byPhone ? 'field.emailOrPhone' : 'field.email')
    const view = (
      <Card title={title} lead={t('code.text')}>
        <Summary visit={visit} problems={problems} labels={{ identifier: label }} />
        <Form visit={visit} action="/sign-in/code" button={t('code.send')}>
          <Field
            visit={visit}
            name="identifier"
            kind={byPhone ? 'newIdentifier' : 'email'}
            label={label}
            problems={problems}
            focus
          />
        </Form>
        <p className="aside">
          <a href={withReturn(visit, '/sign-in')}>{t('signIn.byPassword')}</a>
        </p>
      </Card>
    )
    return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
  },
  act: (visit) => ask(visit, (visit.request.form.identifier ?? '').trim(), '/sign-in/code/enter'),
}

export const codeEnter: Page = {
  path: '/sign-in/code/enter',
  flows: ['login'],
  show: (visit, problems) => {
    const flow = flowOf(visit, 'login')
    if (!flow) return go(withReturn(visit, '/sign-in/code'))
    const { t } = visit.speech
    const title = t('code.title')
    const resent = visit.request.query.done === 'resent'
    const view = (
      <Card title={title} lead={t('code.enter')}>
        <Summary visit={visit} problems={problems} labels={{ code: t('code.field') }} />
        {!problems && <Done>{t(resent ? 'code.resent' : 'code.sent', { account: flow.account })}</Done>}
        <Form visit={visit} action="/sign-in/code/enter" button={t('signIn.button')}>
          <CodeField visit={visit} problems={problems} flow={flow} />
        </Form>
        <Resend visit={visit} flow={flow} action="/sign-in/code/enter" />
        <p className="aside">
          {t('code.spam')}
          <br />
          <a href={withReturn(visit, '/sign-in/code')}>{t('code.change')}</a>
        </p>
      </Card>
    )
    return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
  },
  act: async (visit) => {
    const flow = flowOf(visit, 'login')
    if (!flow) return go(withReturn(visit, '/sign-in/code'))
    if (visit.request.form.act === 'resend')
      return ask(visit, flow.account, '/sign-in/code/enter?done=resent')
    await visit.request.call(verifyCode, { ...addressOf(flow.account), code: typedCode(visit) })
    return arrive(visit)
  },
}

export const codeLink: Page = {
  path: '/sign-in/link',
  flows: ['login'],
  show: async (visit, problems) => {
    const link = await linkOf(visit, getLink, ['login'])
    return link ? linkForm(visit, problems, link) : deadLink(visit)
  },
  act: async (visit) => {
    const { token = '' } = visit.request.form
    await visit.request.call(verifyCode, { token, ticket: flowOf(visit, 'login')?.ticket ?? '' })
    return arrive(visit)
  },
}

/** In another browser a link signs nobody in: whoever made somebody ask for it could be waiting for that. */
function linkForm(
  visit: Visit,
  problems: Problems | undefined,
  { token, email = '' }: { token: string; email?: string },
): PageAnswer {
  const { t } = visit.speech
  const title = t('signIn.title')
  const isHere = flowOf(visit, 'login')?.ticket !== undefined
  const view = (
    <Card title={title} lead={t(isHere ? 'link.login' : 'link.elsewhere', { account: email })}>
      <Summary visit={visit} problems={problems} />
      {isHere && (
        <Form
          visit={visit}
          action={`/sign-in/link?t=${encodeURIComponent(token)}`}
          button={t('link.loginButton')}
          hidden={{ token }}
        />
      )}
    </Card>
  )
  const more = { ...statusOf(problems), secretAddress: true } as const
  return page(visit, view, { title, failed: problems !== undefined }, more)
}
