// A phone number: added, changed, taken away. It proves itself by a code.
import { changePhone, type PageAnswer, removePhone, verifyPhone } from '@sallyport/protocol'
import { begin, flowOf, noFlow } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { CodeField, Resend, typedCode } from '../views/code.js'
import { Done, Field, Form, Summary } from '../views/form.js'
import { go, page, type Visit } from '../visit.js'
import { Back } from './email.js'
import { statusOf } from './sign-in.js'

const path = '/account/phone'

export const phone: Page = {
  path,
  needs: 'session',
  show: (visit, problems) =>
    visit.request.query.step === 'code' && flowOf(visit, 'phone')
      ? prove(visit, problems)
      : ask(visit, problems),
  act: async (visit) => {
    const { form } = visit.request
    const flow = flowOf(visit, 'phone')
    if (form.act === 'remove') {
      await visit.request.call(removePhone, {})
      return go('/account?done=phone-removed')
    }
    if (form.act === 'resend' && flow) return send(visit, flow.account)
    if (form.code === undefined) return send(visit, (form.phone_number ?? '').trim())
    await visit.request.call(verifyPhone, { code: typedCode(visit) })
    return go('/account?done=phone', { cookies: [noFlow] })
  },
}

async function send(visit: Visit, phone_number: string): Promise<PageAnswer> {
  const asked = await visit.request.call(changePhone, { phone_number })
  return begin(visit, `${path}?step=code`, 'phone', phone_number, asked)
}

function ask(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, user, pending } = visit
  const { t } = speech
  const title = t('phone.title')
  const label = t('phone.field')
  const view = (
    <Card title={title} lead={t('phone.text')}>
      <Summary visit={visit} problems={problems} labels={{ phone_number: label }} />
      {!problems && pending?.confirmed && <Done>{t('confirm.done')}</Done>}
      {user!.phone_number !== undefined && <p>{t('email.now', { account: user!.phone_number })}</p>}
      <Form visit={visit} action={path} button={t('phone.button')}>
        <Field
          visit={visit}
          name="phone_number"
          kind="phone"
          label={label}
          hint={t('phone.hint')}
          problems={problems}
          focus
        />
      </Form>
      {user!.phone_number !== undefined && (
        <form method="post" action={path} className="resend">
          <input type="hidden" name="form" value={visit.formToken} />
          <input type="hidden" name="act" value="remove" />
          <button type="submit" className="secondary danger-text">
            {t('phone.remove')}
          </button>
        </form>
      )}
      <Back visit={visit} />
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

function prove(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { t } = visit.speech
  const flow = flowOf(visit, 'phone')!
  const title = t('phone.title')
  const view = (
    <Card title={title} lead={t('verify.text', { account: flow.account })}>
      <Summary visit={visit} problems={problems} labels={{ code: t('code.field') }} />
      <Form visit={visit} action={`${path}?step=code`} button={t('code.button')}>
        <CodeField visit={visit} problems={problems} flow={flow} />
      </Form>
      <Resend visit={visit} flow={flow} action={path} />
      <Back visit={visit} />
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}
