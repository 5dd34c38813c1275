// Signed in, but not allowed: which account this is, and the way to another one.
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { Form } from '../views/form.js'
import { page } from '../visit.js'
import { accountName } from '../visitor.js'

export const noAccess: Page = {
  path: '/no-access',
  needs: 'session',
  show: (visit) => {
    const { speech, user, request } = visit
    const { t } = speech
    const title = t('noAccess.title')
    const view = (
      <Card title={title} lead={t('noAccess.text')}>
        <p>{t('account.of', { account: accountName(user!) })}</p>
        <Form
          visit={visit}
          action="/sign-out"
          button={t('noAccess.other')}
          hidden={{ next: 'sign-in' }}
          common
        />
        <p className="aside">
          <a href="/account">{t('noAccess.account')}</a>
        </p>
        <p className="request">{t('error.request', { id: request.requestId })}</p>
      </Card>
    )
    return page(visit, view, { title }, { status: 403 })
  },
}
