// The front door: of a development server, where it says what runs and where; else the account.
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { go, page } from '../visit.js'

export const home: Page = {
  path: '/',
  show: async (visit) => {
    const { t } = visit.speech
    const { settings, frontDoor } = visit.tools
    if (!settings.development) return go('/account')
    const door = await frontDoor()
    const title = t('home.title')
    const view = (
      <Card title={title} lead={t('home.text')}>
        <dl className="urls">
          {door.urls.map(({ label, url, note }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                {note === undefined ? <a href={url}>{url}</a> : <bdi>{url}</bdi>}
                {note && <span className="quiet-text">{note}</span>}
              </dd>
            </div>
          ))}
        </dl>
        {!door.hasAdministrator && (
          <>
            <p>{t('home.noAdmin')}</p>
            <pre dir="ltr">npx sallyport admin link</pre>
          </>
        )}
        <p className="request" dir="ltr">
          Sallyport {door.version}
        </p>
      </Card>
    )
    return page(visit, view, { title })
  },
}
