// Everything that is kept about somebody, as a file of theirs.
import { exportProfile } from '@sallyport/protocol'
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { Done, Form, Summary } from '../views/form.js'
import { page } from '../visit.js'
import { Back } from './email.js'
import { statusOf } from './sign-in.js'

export const data: Page = {
  path: '/account/data',
  needs: 'session',
  show: (visit, problems) => {
    const { t } = visit.speech
    const title = t('data.title')
    const view = (
      <Card title={title} lead={t('data.text')}>
        <Summary visit={visit} problems={problems} />
        {!problems && visit.pending?.confirmed && <Done>{t('confirm.done')}</Done>}
        <Form visit={visit} action="/account/data" button={t('data.button')} repeatable />
        <Back visit={visit} />
      </Card>
    )
    return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
  },
  act: async ({ request }) => {
    const body = JSON.stringify(await request.call(exportProfile, {}), null, 2)
    return { status: 200, file: { name: 'account.json', contentType: 'application/json', body } }
  },
}
