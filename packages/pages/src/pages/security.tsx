// One's own password.
import {
  changePassword,
  listIdentities,
  type OutputOf,
  type PageAnswer,
  unlinkIdentity,
} from '@sallyport/protocol'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Section } from '../views/card.js'
import { Done, Field, Form, NewPassword, Summary, UsernameAnchor } from '../views/form.js'
import { go, page, type Visit } from '../visit.js'
import { accountName } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const security: Page = {
  path: '/account/security',
  needs: 'session',
  show: async (visit, problems) => {
    const { items } = await visit.request.call(listIdentities, {})
    return passwordPage(visit, problems && atField(visit, problems), items)
  },
  act: async ({ request }) => {
    if (request.form.provider !== undefined) {
      await request.call(unlinkIdentity, { provider: request.form.provider as 'google' })
      return go('/account/security?done=unlinked')
    }
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

type Identity = OutputOf<typeof listIdentities>['items'][number]

function passwordPage(
  visit: Visit,
  problems: Problems | undefined,
  identities: readonly Identity[],
): PageAnswer {
  const { speech, user, request, pending } = visit
  const { t } = speech
  const title = t('security.title')
  const view = (
    <>
      <h1>{title}</h1>
      <Summary visit={visit} problems={problems} labels={labelsOf(visit)} />
      {!problems && request.query.done === 'password' && <Done>{t('security.changed')}</Done>}
      {!problems && request.query.done === 'unlinked' && <Done>{t('identities.removed')}</Done>}
      {!problems && pending?.confirmed && <Done>{t('confirm.done')}</Done>}
      <section className="card" data-part="card" id="password">
        {user!.has_password ? <Change visit={visit} problems={problems} /> : <NoPassword visit={visit} />}
      </section>
      {identities.length > 0 && <Identities visit={visit} identities={identities} />}
    </>
  )
  const frame = { title, part: 'security', failed: problems !== undefined } as const
  return page(visit, view, frame, statusOf(problems))
}

const labelsOf = ({ speech: { t } }: Visit) => ({
  current_password: t('field.currentPassword'),
  new_password: t('field.newPassword'),
})

/** Whoever reads the mail of the account may give it one. */
function NoPassword({ visit }: { visit: Visit }) {
  const { t } = visit.speech
  return (
    <>
      <p>{t('security.none')}</p>
      {visit.user?.email !== undefined && (
        <p>
          <a className="secondary" href="/forgot">
            {t('security.set')}
          </a>
        </p>
      )}
    </>
  )
}

/** Whom one signs in with elsewhere. */
function Identities({ visit, identities }: { visit: Visit; identities: readonly Identity[] }) {
  const { t, day } = visit.speech
  return (
    <Section title={t('identities.title')}>
      <ul className="sessions">
        {identities.map(({ provider, email, created_at }) => (
          <li key={provider}>
            <div>
              <p className="shown">
                <bdi>{names[provider] ?? provider}</bdi>
              </p>
              <p className="quiet-text">
                {email !== undefined && <bdi dir="ltr">{email} · </bdi>}
                {t('identities.since', { date: day(created_at, visit.user?.zoneinfo) })}
              </p>
            </div>
            <form method="post" action="/account/security">
              <input type="hidden" name="form" value={visit.formToken} />
              <input type="hidden" name="provider" value={provider} />
              <button type="submit" className="secondary">
                {t('identities.remove')}
              </button>
            </form>
          </li>
        ))}
      </ul>
    </Section>
  )
}

const names: Readonly<Record<string, string>> = { google: 'Google' }

function Change({ visit, problems }: { visit: Visit; problems: Problems | undefined }) {
  const { speech, user } = visit
  const { t } = speech
  const labels = labelsOf(visit)
  return (
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
  )
}
