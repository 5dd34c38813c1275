// A forgotten password: asking for a message, and setting a new one with what it brought.
import { forgotPassword, getLink, type PageAnswer, resetPassword } from '@sallyport/protocol'
import { begin, type Flow, flowOf, noFlow } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { CodeField, Resend, typedCode } from '../views/code.js'
import { Done, Field, Form, NewPassword, Summary, UsernameAnchor } from '../views/form.js'
import { go, page, type Visit, withReturn } from '../visit.js'
import { deadLink, linkOf } from './link.js'
import { statusOf } from './sign-in.js'

export const forgot: Page = {
  path: '/forgot',
  show: (visit, problems) => {
    const { t } = visit.speech
    const title = t('forgot.title')
    const view = (
      <Card title={title} lead={t('forgot.text')}>
        <Summary visit={visit} problems={problems} labels={{ email: t('field.email') }} />
        <Form visit={visit} action="/forgot" button={t('forgot.button')}>
          <Field visit={visit} name="email" kind="email" label={t('field.email')} problems={problems} focus />
        </Form>
        <p className="aside">
          <a href={withReturn(visit, '/sign-in')}>{t('link.signIn')}</a>
        </p>
      </Card>
    )
    return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
  },
  act: (visit) => ask(visit, visit.request.form.email ?? '', '/reset'),
}

async function ask(visit: Visit, email: string, path: string): Promise<PageAnswer> {
  return begin(visit, path, 'reset', email, await visit.request.call(forgotPassword, { email }))
}

export const reset: Page = {
  path: '/reset',
  flows: ['reset', 'set'],
  show: async (visit, problems) => {
    const { request } = visit
    if (request.query.t === undefined && request.form.token === undefined)
      return newPassword(visit, problems, flowOf(visit, 'reset', 'set'))
    const link = await linkOf(visit, getLink, ['reset_password'])
    return link ? newPassword(visit, problems, undefined, link) : deadLink(visit)
  },
  act: async (visit) => {
    const { form } = visit.request
    const flow = flowOf(visit, 'reset', 'set')
    if (form.act === 'resend') return ask(visit, flow?.account ?? '', '/reset?done=resent')
    await visit.request.call(resetPassword, { ...shown(visit, flow), new_password: form.new_password ?? '' })
    return go(withReturn(visit, '/sign-in', { done: 'reset' }), { cookies: [noFlow] })
  },
}

/** By what it is shown that the account is theirs: a link, a ticket, or an address and a code. */
function shown(visit: Visit, flow: Flow | undefined) {
  const { token, email } = visit.request.form
  if (token !== undefined) return { token }
  if (flow?.kind === 'set' && flow.ticket !== undefined) return { ticket: flow.ticket }
  return { email: flow?.account ?? email ?? '', code: typedCode(visit) }
}

function newPassword(
  visit: Visit,
  problems: Problems | undefined,
  flow: Flow | undefined,
  link?: { token: string; email?: string },
): PageAnswer {
  const { speech, request } = visit
  const { t } = speech
  const title = t('reset.title')
  const account = link?.email ?? flow?.account ?? ''
  const byCode = link === undefined && flow?.kind !== 'set'
  const labels = { email: t('field.email'), code: t('code.field'), new_password: t('field.newPassword') }
  const action = link ? `/reset?t=${encodeURIComponent(link.token)}` : '/reset'
  const view = (
    <Card title={title} lead={account ? t('reset.of', { account }) : undefined}>
      <Summary visit={visit} problems={problems} labels={labels} />
      {!problems && flow?.kind === 'reset' && (
        <Done>{t(request.query.done === 'resent' ? 'code.resent' : 'code.sent', { account })}</Done>
      )}
      {!problems && request.query.done === 'undone' && <Done>{t('link.undoEmailDone')}</Done>}
      <Form visit={visit} action={action} button={t('reset.button')} hidden={{ token: link?.token }}>
        {account ? (
          <UsernameAnchor value={account} />
        ) : (
          byCode && <Field visit={visit} name="email" kind="email" label={labels.email} problems={problems} />
        )}
        {byCode && <CodeField visit={visit} problems={problems} flow={flow} />}
        <NewPassword visit={visit} name="new_password" label={labels.new_password} problems={problems} />
      </Form>
      {flow?.kind === 'reset' && <Resend visit={visit} flow={flow} action="/reset" />}
    </Card>
  )
  const secret = link ? ({ secretAddress: true } as const) : {}
  return page(visit, view, { title, failed: problems !== undefined }, { ...statusOf(problems), ...secret })
}
