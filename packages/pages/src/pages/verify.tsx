// Proving an address: the code from the message on this page, or the link of the message on the other. Looking at the link
// shows what it is for and changes nothing; mail scanners look at everything.
import { getLink, type PageAnswer, resendEmail, verifyEmail } from '@sallyport/protocol'
import { begin, flowOf } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { CodeField, Resend, typedCode } from '../views/code.js'
import { Done, Field, Form, Summary } from '../views/form.js'
import { given, page, type Visit } from '../visit.js'
import { arrive } from '../visitor.js'
import { deadLink, linkOf } from './link.js'
import { statusOf } from './sign-in.js'

export const verify: Page = {
  path: '/verify',
  flows: ['verify'],
  show: verifyForm,
  act: async (visit) => {
    const flow = flowOf(visit, 'verify')
    const { form } = visit.request
    const email = form.email ?? flow?.account ?? ''
    if (form.act === 'resend') {
      const asked = await visit.request.call(resendEmail, { email })
      // A ticket goes on to be good for what is sent again.
      const known = flow?.account === email ? ticketOf(flow) : {}
      return begin(visit, '/verify?done=resent', 'verify', email, { ...asked, ...known })
    }
    return prove(visit, { email, code: typedCode(visit), ...ticketOf(flow) }, email)
  },
}

export const verifyLink: Page = {
  path: '/verify/link',
  flows: ['verify'],
  show: async (visit, problems) => {
    const link = await linkOf(visit, getLink, ['verify_email', 'change_email'])
    if (link === undefined) return deadLink(visit)
    return linkForm(visit, link, problems)
  },
  act: (visit) => {
    const { token = '', ...others } = {
      token: visit.request.form.token,
      ...ticketOf(flowOf(visit, 'verify', 'change')),
    }
    return prove(visit, { token, ...others }, visit.request.form.account ?? '')
  },
}

const ticketOf = (flow: { readonly ticket?: string } | undefined) =>
  flow?.ticket === undefined ? {} : { ticket: flow.ticket }

type How = { token: string } | { email: string; code: string }

/** Signed in where it is shown to be theirs; else a new password comes next. */
async function prove(visit: Visit, how: How & { ticket?: string }, account: string): Promise<PageAnswer> {
  const password = given(visit, 'password')
  const input = { ...how, ...(password !== undefined && { password }) }
  const output = await visit.request.call(verifyEmail, input)
  if ('next' in output) return begin(visit, '/reset', 'set', account, output)
  return arrive(visit, '/account?done=verified')
}

function verifyForm(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, request } = visit
  const { t } = speech
  const flow = flowOf(visit, 'verify')
  const known = flow?.account ? flow : undefined
  const title = t('verify.title')
  const view = (
    <Card title={title} lead={known && t('verify.text', { account: known.account })}>
      <Summary visit={visit} problems={problems} labels={labelsOf(visit)} />
      {!problems && request.query.done === 'resent' && <Done>{t('code.resent')}</Done>}
      <Form visit={visit} action="/verify" button={t('code.button')}>
        {!known && (
          <Field visit={visit} name="email" kind="email" label={t('field.email')} problems={problems} />
        )}
        <CodeField visit={visit} problems={problems} flow={flow} />
        {flow?.ticket === undefined && <KeepPassword visit={visit} problems={problems} />}
      </Form>
      {known && <Resend visit={visit} flow={known} action="/verify" />}
      <p className="aside">
        {t('code.spam')}
        <br />
        <a href="/sign-up">{t('code.change')}</a>
      </p>
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

const labelsOf = ({ speech: { t } }: Visit) => ({
  email: t('field.email'),
  code: t('code.field'),
  password: t('field.password'),
})

/** In another browser than the one of the sign-up, the password shows that it is the same person. */
function KeepPassword({ visit, problems }: { visit: Visit; problems: Problems | undefined }) {
  const { t } = visit.speech
  return (
    <Field
      visit={visit}
      name="password"
      kind="currentPassword"
      label={t('field.password')}
      hint={t('verify.password')}
      problems={problems}
      // Whoever is signed in has something to lose.
      optional={!visit.request.hasSession}
    />
  )
}

function linkForm(
  visit: Visit,
  { token, purpose, email = '' }: { token: string; purpose: string; email?: string },
  problems: Problems | undefined,
): PageAnswer {
  const { t } = visit.speech
  const isChange = purpose === 'change_email'
  const isKnown = flowOf(visit, 'verify', 'change')?.ticket !== undefined
  const title = t(isChange ? 'email.title' : 'verify.title')
  const view = (
    <Card title={title} lead={t(isChange ? 'link.change' : 'link.verify', { account: email })}>
      <Summary visit={visit} problems={problems} labels={labelsOf(visit)} />
      <Form
        visit={visit}
        action={`/verify/link?t=${encodeURIComponent(token)}`}
        button={t(isChange ? 'link.changeButton' : 'link.verifyButton')}
        hidden={{ token, account: email }}
      >
        {!isKnown && <KeepPassword visit={visit} problems={problems} />}
      </Form>
    </Card>
  )
  const more = { ...statusOf(problems), secretAddress: true } as const
  return page(visit, view, { title, failed: problems !== undefined }, more)
}
