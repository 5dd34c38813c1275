// A proof that it is really the user, asked for before what cannot be undone. What was typed before comes back after it.
import { confirm, type PageAnswer } from '@sallyport/protocol'
import type { MessageKey } from '../messages/messages.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { Field, Form, Summary, UsernameAnchor } from '../views/form.js'
import { go, page, sealPending, type Visit } from '../visit.js'
import { accountName } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const confirmPage: Page = {
  path: '/account/confirm',
  needs: 'session',
  show: confirmForm,
  act: async (visit) => {
    const { request, pending } = visit
    await request.call(confirm, { password: request.form.password ?? '' })
    // Sealed anew: the ten minutes begin with the proof.
    return go(pending ? `${pending.path}?pending=${sealPending(visit, pending)}` : '/account')
  },
}

/** What is about to happen, by the page that asked. */
const purposes: Readonly<Record<string, MessageKey>> = {
  '/account/delete': 'confirm.what.delete',
  '/account/email': 'confirm.what.email',
  '/account/phone': 'confirm.what.phone',
  '/account/data': 'confirm.what.data',
  '/account/security': 'confirm.what.identities',
}

function confirmForm(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, user, pending } = visit
  const { t } = speech
  const title = t('confirm.title')
  const back = pending?.path ?? '/account'
  const view = (
    <Card title={title} lead={t(purposes[back] ?? 'confirm.what.other')}>
      <Summary visit={visit} problems={problems} />
      <p className="quiet-text">{t('account.of', { account: accountName(user!) })}</p>
      <Form
        visit={visit}
        action="/account/confirm"
        button={t('confirm.button')}
        hidden={{ pending: pending && sealPending(visit, pending) }}
      >
        <UsernameAnchor value={accountName(user!)} />
        <Field
          visit={visit}
          name="password"
          kind="currentPassword"
          label={t('field.password')}
          problems={problems}
          focus
        />
      </Form>
      <p className="aside">
        <a href={back}>{t('confirm.cancel')}</a>
      </p>
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}
