// One's own password.
import { changePassword, type PageAnswer } from '@sallyport/protocol'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Done, Field, Form, NewPassword, Summary, UsernameAnchor } from '../views/form.js'
import { go, page, type Visit } from '../visit.js'
import { accountName } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const security: Page = {
  path: '/account/security',
  needs: 'session',
  show: (visit, problems) => passwordPage(visit, problems && atField(visit, problems)),
  act: async ({ request }) => {
    const { current_password = '', new_password = '' } = request.form
    await request.call(changePassword, { current_password, new_password })
    return go('/account/security?done=password')
  },
}

/** A wrong password can only be the current one. */
function atField({ speech }: Visit, problems: Problems): Problems {
  const isWrong = problems.summary === speech.t('problem.invalid_credentials')
  return isWrong ? { ...problems, fields: { current_password: problems.summary } } : problems
}

function passwordPage(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { speech, user, request } = visit
  const { t } = speech
  const title = t('security.title')
  const view = (
    <>
      <h1>{title}</h1>
      {!problems && request.query.done === 'password' && <Done>{t('security.changed')}</Done>}
      <section className="card" data-part="card" id="password">
        {user!.has_password ? <Change visit={visit} problems={problems} /> : <p>{t('security.none')}</p>}
      </section>
    </>
  )
  const frame = { title, part: 'security', failed: problems !== undefined } as const
  return page(visit, view, frame, statusOf(problems))
}

function Change({ visit, problems }: { visit: Visit; problems: Problems | undefined }) {
  const { speech, user } = visit
  const { t } = speech
  const labels = { current_password: t('field.currentPassword'), new_password: t('field.newPassword') }
  return (
    <>
      <Summary visit={visit} problems={problems} labels={labels} />
      <Form visit={visit} action="/account/security" button={t('security.button')}>
        <UsernameAnchor value={accountName(user!)} />
        <Field
          visit={visit}
          name="current_password"
          kind="currentPassword"
          label={labels.current_password}
          problems={problems}
        />
        <NewPassword visit={visit} problems={problems} name="new_password" label={labels.new_password} />
        <p className="hint">{t('security.ends')}</p>
      </Form>
    </>
  )
}
