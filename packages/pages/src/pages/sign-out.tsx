// Signing out, by a form alone, and the page one lands on.
import { Failure, logOut } from '@sallyport/protocol'
import { noFlow } from '../flow.js'
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { Form, Summary } from '../views/form.js'
import { go, page, withReturn, wordOf } from '../visit.js'
import { statusOf } from './sign-in.js'

/** Where to sign in again, by the word of the form. */
const ways = { 'sign-in': '/sign-in', code: '/sign-in/code' } as const

export const signOut: Page = {
  path: '/sign-out',
  show: (visit, problems) => {
    if (!problems) return go('/account')
    const { t } = visit.speech
    const title = t('nav.signOut')
    const { next } = visit.request.form
    const view = (
      <Card title={title}>
        <Summary visit={visit} problems={problems} />
        <Form visit={visit} action="/sign-out" button={title} hidden={{ next }} />
      </Card>
    )
    return page(visit, view, { title, failed: true }, statusOf(problems))
  },
  act: async (visit) => {
    try {
      await visit.request.call(logOut, {})
    } catch (error) {
      // Whoever has no session any more is signed out.
      if (!(error instanceof Failure) || !['session_ended', 'token_missing'].includes(error.code)) throw error
    }
    const next = wordOf(ways, visit.request.form.next)
    return go(next ? withReturn(visit, next) : '/signed-out', visit.flow ? { cookies: [noFlow] } : {})
  },
}

export const signedOut: Page = {
  path: '/signed-out',
  show: (visit) => {
    const { t } = visit.speech
    const deleted = visit.request.query.done === 'deleted'
    const title = t(deleted ? 'deleted.title' : 'signedOut.title')
    const view = (
      <Card title={title} lead={t(deleted ? 'deleted.text' : 'signedOut.text')}>
        <p>
          <a className={deleted ? '' : 'primary'} href="/sign-in">
            {t(deleted ? 'signIn.title' : 'signedOut.again')}
          </a>
        </p>
      </Card>
    )
    return page(visit, view, { title })
  },
}
