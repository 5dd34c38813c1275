// Another email address: it proves itself before it counts.
import { changeEmail, type PageAnswer, verifyEmail } from '@sallyport/protocol'
import { begin, flowOf } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { CodeField, Resend, typedCode } from '../views/code.js'
import { Done, Field, Form, Summary } from '../views/form.js'
import { page, type Visit } from '../visit.js'
import { arrive } from '../visitor.js'
import { statusOf } from './sign-in.js'

const path = '/account/email'

export const email: Page = {
  path,
  needs: 'session',
  show: (visit, problems) =>
    visit.request.query.step === 'code' && flowOf(visit, 'change')
      ? prove(visit, problems)
      : ask(visit, problems),
  act: async (visit) => {
    const { form } = visit.request
    const flow = flowOf(visit, 'change')
    if (form.act === 'resend' && flow) return send(visit, flow.account)
    if (form.code === undefined || !flow) return send(visit, (form.email ?? '').trim())
    const ticket = flow.ticket === undefined ? {} : { ticket: flow.ticket }
    await visit.request.call(verifyEmail, { email: flow.account, code: typedCode(visit), ...ticket })
    return arrive(visit, '/account?done=email')
  },
}

async function send(visit: Visit, address: string): Promise<PageAnswer> {
  const asked = await visit.request.call(changeEmail, { email: address })
  return begin(visit, `${path}?step=code`, 'change', address, asked)
}

function ask(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, user, pending } = visit
  const { t } = speech
  const title = t('email.title')
  const label = t('email.new')
  const view = (
    <Card title={title} lead={t('email.text')}>
      <Summary visit={visit} problems={problems} labels={{ email: label }} />
      {!problems && pending?.confirmed && <Done>{t('confirm.done')}</Done>}
      {user!.email !== undefined && <p>{t('email.now', { account: user!.email })}</p>}
      <Form visit={visit} action={path} button={t('email.button')}>
        <Field visit={visit} name="email" kind="email" label={label} problems={problems} focus />
      </Form>
      <Back visit={visit} />
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

function prove(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { t } = visit.speech
  const flow = flowOf(visit, 'change')!
  const title = t('email.title')
  const view = (
    <Card title={title} lead={t('verify.text', { account: flow.account })}>
      <Summary visit={visit} problems={problems} labels={{ code: t('code.field') }} />
      <Form visit={visit} action={`${path}?step=code`} button={t('link.changeButton')}>
        <CodeField visit={visit} problems={problems} flow={flow} />
      </Form>
      <Resend visit={visit} flow={flow} action={path} />
      <Back visit={visit} />
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

export function Back({ visit }: { visit: Visit }) {
  return (
    <p className="aside">
      <a href="/account">{visit.speech.t('confirm.cancel')}</a>
    </p>
  )
}
