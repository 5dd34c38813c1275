// Signing out, by a form alone, and the page one lands on.
import { Failure, logOut } from '@sallyport/protocol'
import { noFlow } from '../flow.js'
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { go, page, withReturn } from '../visit.js'

export const signOut: Page = {
  path: '/sign-out',
  show: () => go('/account'),
  act: async (visit) => {
    try {
      await visit.request.call(logOut, {})
    } catch (error) {
      // Whoever has no session any more is signed out.
      if (!(error instanceof Failure) || !['session_ended', 'token_missing'].includes(error.code)) throw error
    }
    const next = visit.request.form.next === 'sign-in' ? withReturn(visit, '/sign-in') : '/signed-out'
    return go(next, visit.flow ? { cookies: [noFlow] } : {})
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
