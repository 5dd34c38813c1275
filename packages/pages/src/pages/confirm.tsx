// A proof that it is really the user, asked for before what cannot be undone. What was typed before comes back after it.
import { confirm, type PageAnswer } from '@sallyport/protocol'
import type { MessageKey } from '../messages/messages.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { Field, Form, Summary, UsernameAnchor } from '../views/form.js'
import { go, page, sealPending, sealReturn, type Visit } from '../visit.js'
import { accountName } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const confirmPage: Page = {
  path: '/account/confirm',
  needs: 'session',
  show: confirmForm,
  act: async (visit) => {
    const { request, pending } = visit
    const purpose = pending?.purpose
    const input = { password: request.form.password ?? '', ...(purpose !== undefined && { purpose }) }
    await request.call(confirm, input)
    if (!pending) return go('/account')
    return go(`${pending.path}?pending=${sealPending(visit, { ...pending, confirmed: true })}`)
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
      <Summary visit={visit} problems={problems} labels={{ password: t('field.password') }} />
      <p className="quiet-text">{t('account.of', { account: accountName(user!) })}</p>
      {user!.has_password ? (
        <ByPassword visit={visit} problems={problems} />
      ) : (
        <BySignIn visit={visit} back={back} />
      )}
      <p className="aside">
        <a href={back}>{t('confirm.cancel')}</a>
      </p>
    </Card>
  )
  return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
}

function ByPassword({ visit, problems }: { visit: Visit; problems: Problems | undefined }) {
  const { speech, user, pending } = visit
  const { t } = speech
  return (
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
  )
}

/** Without a password, a new sign-in is the proof; it leads back here. */
function BySignIn({ visit, back }: { visit: Visit; back: string }) {
  const { t } = visit.speech
  const rt = sealReturn(visit, back)
  return (
    <>
      <p>{t('confirm.noPassword')}</p>
      <Form
        visit={visit}
        action="/sign-out"
        button={t('confirm.again')}
        hidden={{ next: 'code', rt }}
        common
      />
    </>
  )
}
