// The first administrator. The one-time code stands behind the # of the link, which no server and no log ever sees; a
// script copies it into its field, and without scripts one pastes it.
import { setUp } from '@sallyport/protocol'
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { Field, Form, NewPassword, Summary } from '../views/form.js'
import { page } from '../visit.js'
import { arrive } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const setup: Page = {
  path: '/setup',
  show: (visit, problems) => {
    const { speech } = visit
    const { t } = speech
    const title = t('setup.title')
    const labels = { token: t('field.token'), email: t('field.email'), password: t('field.password') }
    const view = (
      <Card title={title} lead={t('setup.text')}>
        <Summary visit={visit} problems={problems} labels={labels} />
        <Form visit={visit} action="/setup" button={t('setup.button')}>
          <Field
            visit={visit}
            name="token"
            kind="token"
            label={labels.token}
            hint={t('setup.tokenHint')}
            problems={problems}
          />
          <Field visit={visit} name="email" kind="newIdentifier" label={labels.email} problems={problems} />
          <NewPassword visit={visit} problems={problems} name="password" label={labels.password} />
        </Form>
      </Card>
    )
    return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
  },
  act: async (visit) => {
    const { token = '', email = '', password = '' } = visit.request.form
    await visit.request.call(setUp, { token, email, password })
    return arrive(visit, '/account?done=setup')
  },
}
