// One's own profile.
import {
  type InputOf,
  type updateProfile as Operation,
  type PageAnswer,
  updateProfile,
} from '@sallyport/protocol'
import { catalogues, type Language } from '../messages/messages.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Section } from '../views/card.js'
import { Done, Field, Form, Summary } from '../views/form.js'
import { given, go, page, typed, type Visit, wordOf } from '../visit.js'
import { accountName } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const account: Page = {
  path: '/account',
  needs: 'session',
  show: profile,
  act: async (visit) => {
    const { request, tools } = visit
    const patch: InputOf<typeof Operation> = {}
    for (const name of ['name', 'picture', 'preferred_username', 'locale'] as const)
      if (request.form[name] !== undefined) patch[name] = given(visit, name) ?? null
    await request.call(updateProfile, patch)
    // From now on the profile's language counts, not one that this browser chose before.
    const chosen = tools.settings.languages.includes(patch.locale ?? '')
    return go('/account?done=profile', chosen ? { cookies: [{ name: 'language' }] } : {})
  },
}

const told = {
  profile: 'profile.saved',
  setup: 'setup.done',
  verified: 'verify.done',
  email: 'email.changed',
  phone: 'phone.changed',
  'phone-removed': 'phone.removed',
} as const

function profile(visit: Visit, problems: Problems | undefined): PageAnswer {
  const { t } = visit.speech
  const title = t('profile.title')
  const done = wordOf(told, visit.request.query.done)
  const view = (
    <>
      <h1>{title}</h1>
      {!problems && done && <Done>{t(done)}</Done>}
      <Who visit={visit} />
      <Edit visit={visit} problems={problems} />
      <Reach visit={visit} />
      <Section title={t('data.title')}>
        <p>{t('data.text')}</p>
        <p>
          <a className="secondary" href="/account/data">
            {t('data.button')}
          </a>
        </p>
      </Section>
      <Leave visit={visit} />
    </>
  )
  const frame = { title, part: 'profile', failed: problems !== undefined } as const
  return page(visit, view, frame, statusOf(problems))
}

/** Who this is, and what is known of them that they cannot write themselves. */
function Who({ visit }: { visit: Visit }) {
  const { t, day } = visit.speech
  const user = visit.user!
  const shown = user.name ?? accountName(user)
  return (
    <div className="who" data-part="who">
      <span className="face" aria-hidden="true">
        {[...shown][0]?.toUpperCase()}
      </span>
      <div>
        <p className="shown">
          <bdi>{shown}</bdi>
        </p>
        {user.email !== undefined && (
          <p className="quiet-text">
            <bdi dir="ltr">{user.email}</bdi>{' '}
            <span className={user.email_verified ? 'tag ok' : 'tag warn'}>
              {t(user.email_verified ? 'profile.verified' : 'profile.unverified')}
            </span>
          </p>
        )}
        <p className="quiet-text">{t('profile.since', { date: day(user.created_at, user.zoneinfo) })}</p>
      </div>
    </div>
  )
}

function Edit({ visit, problems }: { visit: Visit; problems: Problems | undefined }) {
  const { t } = visit.speech
  const user = visit.user!
  const labels = {
    name: t('field.name'),
    preferred_username: t('field.username'),
    picture: t('field.picture'),
    locale: t('field.locale'),
  }
  const shared = { visit, problems, optional: true }
  return (
    <section className="card" data-part="card">
      <Summary visit={visit} problems={problems} labels={labels} />
      <Form visit={visit} action="/account" button={t('profile.save')}>
        <Field {...shared} name="name" kind="name" label={labels.name} value={user.name ?? ''} />
        {visit.tools.settings.signUp.identifiers.includes('username') && (
          <Field
            {...shared}
            name="preferred_username"
            kind="username"
            label={labels.preferred_username}
            value={user.preferred_username ?? ''}
            {...(user.email !== undefined && { hint: t('profile.usernameHint') })}
            optional={user.email !== undefined}
          />
        )}
        <Field
          {...shared}
          name="picture"
          kind="url"
          label={labels.picture}
          hint={t('profile.pictureHint')}
          value={user.picture ?? ''}
        />
        <LanguageOf visit={visit} label={labels.locale} />
      </Form>
    </section>
  )
}

function LanguageOf({ visit, label }: { visit: Visit; label: string }) {
  const { tools, speech, user } = visit
  const { languages } = tools.settings
  const kept = typed(visit, 'locale', user?.locale ?? '')
  // A tag that another application wrote stays what it is unless somebody chooses.
  const others = kept === '' || languages.includes(kept) ? [] : [kept]
  return (
    <div className="field">
      <label htmlFor="locale">{label}</label>
      <select id="locale" name="locale" defaultValue={kept} autoComplete="language">
        <option value="">{speech.t('profile.localeAny')}</option>
        {languages.map((language) => (
          <option key={language} value={language} lang={language}>
            {catalogues[language as Language]['language.name']}
          </option>
        ))}
        {others.map((tag) => (
          <option key={tag} value={tag}>
            {tag}
          </option>
        ))}
      </select>
    </div>
  )
}

/** How the account is reached. */
function Reach({ visit }: { visit: Visit }) {
  const { t } = visit.speech
  const user = visit.user!
  return (
    <Section title={t('email.title')}>
      {user.email !== undefined && <p>{t('email.now', { account: user.email })}</p>}
      <p className="buttons">
        <a className="secondary" href="/account/email">
          {t('email.change')}
        </a>
        {visit.tools.settings.phone && (
          <a className="secondary" href="/account/phone">
            {t(user.phone_number === undefined ? 'phone.add' : 'phone.change')}
          </a>
        )}
      </p>
      {user.email !== undefined && !user.email_verified && <Prove visit={visit} email={user.email} />}
    </Section>
  )
}

function Prove({ visit, email }: { visit: Visit; email: string }) {
  return (
    <form method="post" action="/verify" className="resend">
      <input type="hidden" name="form" value={visit.commonToken} />
      <input type="hidden" name="act" value="resend" />
      <input type="hidden" name="email" value={email} />
      <button type="submit" className="secondary">
        {visit.speech.t('email.prove')}
      </button>
    </form>
  )
}

function Leave({ visit }: { visit: Visit }) {
  const { t } = visit.speech
  return (
    <Section title={t('delete.title')}>
      <p>{t('delete.text')}</p>
      <p>
        <a className="secondary danger-text" href="/account/delete">
          {t('delete.button')}
        </a>
      </p>
    </Section>
  )
}
