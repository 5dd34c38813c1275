// What a development server would have sent: the newest first, with its code and its link. In English for whoever develops.
import { listMail, type OutputOf } from '@sallyport/protocol'
import type { Page } from '../page.js'
import { go, page, type Visit } from '../visit.js'

type Item = OutputOf<typeof listMail>['items'][number]

/** As many as anybody looks at. */
const MOST = 100

export const devMail: Page = {
  path: '/dev/mail',
  show: async (visit) => {
    if (!visit.tools.settings.development) return go('/account')
    const { items } = await visit.request.call(listMail, { limit: MOST })
    const title = 'Mail and SMS'
    const view = (
      <>
        <h1 lang="en">{title}</h1>
        <p className="lead" lang="en" dir="ltr">
          What was sent, newest first. The same as JSON: <a href="/dev/mail.json">/dev/mail.json</a>
        </p>
        {items.length === 0 && <p lang="en">Nothing was sent yet. Sign up, and look here again.</p>}
        {items.map((item) => (
          <Letter key={item.id} visit={visit} item={item} />
        ))}
      </>
    )
    return page(visit, view, { title, wide: true })
  },
}

function Letter({ visit, item }: { visit: Visit; item: Item }) {
  const { speech, tools } = visit
  return (
    <article className="card" data-part="card" dir="ltr">
      <h2>{item.subject ?? 'SMS'}</h2>
      <p className="quiet-text">
        {item.channel} · {item.topic} · to <bdi>{item.to}</bdi> ·{' '}
        <time dateTime={new Date(item.created_at).toISOString()}>
          {speech.ago(item.created_at, tools.now())}
        </time>
      </p>
      {item.code !== undefined && <p className="code">{item.code}</p>}
      {item.link !== undefined && (
        <p>
          <a href={item.link}>{item.link}</a>
        </p>
      )}
      <pre>{item.text}</pre>
    </article>
  )
}
