// Deleting one's account: the last question before it.
import { deleteProfile } from '@sallyport/protocol'
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { Done, Form, Summary } from '../views/form.js'
import { go, page } from '../visit.js'
import { accountName } from '../visitor.js'
import { statusOf } from './sign-in.js'

export const deletePage: Page = {
  path: '/account/delete',
  needs: 'session',
  show: (visit, problems) => {
    const { speech, user, pending } = visit
    const { t } = speech
    const title = t('delete.sure')
    const view = (
      <Card title={title} lead={t('delete.text')}>
        <Summary visit={visit} problems={problems} />
        {!problems && pending?.confirmed && <Done>{t('confirm.done')}</Done>}
        <p>{t('account.of', { account: accountName(user!) })}</p>
        <Form visit={visit} action="/account/delete" button={t('delete.really')} danger />
        <p className="aside">
          <a href="/account">{t('delete.cancel')}</a>
        </p>
      </Card>
    )
    return page(visit, view, { title, failed: problems !== undefined }, statusOf(problems))
  },
  act: async ({ request }) => {
    await request.call(deleteProfile, {})
    return go('/signed-out?done=deleted')
  },
}
