// Where one is signed in: this device first, the others by when they were last seen.
import {
  endOtherSessions,
  endSession,
  listSessions,
  type OutputOf,
  type PageAnswer,
  readUserAgent,
} from '@sallyport/protocol'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Done, Summary } from '../views/form.js'
import { go, page, type Visit, wordOf } from '../visit.js'
import { statusOf } from './sign-in.js'

type Session = OutputOf<typeof listSessions>['items'][number]

const PAGE = 100

export const sessionsPage: Page = {
  path: '/account/sessions',
  needs: 'session',
  show: async (visit, problems) => {
    const { cursor } = visit.request.query
    const input = { limit: PAGE, ...(cursor !== undefined && { cursor }) }
    return list(visit, await visit.request.call(listSessions, input), problems)
  },
  act: async ({ request }) => {
    const { id } = request.form
    if (id === undefined) {
      await request.call(endOtherSessions, {})
      return go('/account/sessions?done=others')
    }
    await request.call(endSession, { id })
    return go('/account/sessions?done=one')
  },
}

const told = { one: 'sessions.ended', others: 'sessions.endedOthers' } as const

function list(
  visit: Visit,
  { items, next_cursor }: OutputOf<typeof listSessions>,
  problems: Problems | undefined,
): PageAnswer {
  const { speech, request } = visit
  const { t } = speech
  const title = t('sessions.title')
  const sorted = [...items].sort(
    (a, b) => Number(b.current) - Number(a.current) || b.last_seen_at - a.last_seen_at,
  )
  const done = wordOf(told, request.query.done)
  const view = (
    <>
      <h1>{title}</h1>
      <Summary visit={visit} problems={problems} />
      {!problems && done && <Done>{t(done)}</Done>}
      <ul className="sessions card" data-part="card">
        {sorted.map((session) => (
          <Row key={session.id} visit={visit} session={session} />
        ))}
      </ul>
      {next_cursor !== undefined && (
        <p>
          <a href={`/account/sessions?cursor=${encodeURIComponent(next_cursor)}`}>{t('sessions.more')}</a>
        </p>
      )}
      <Others visit={visit} count={sorted.filter(({ current }) => !current).length} />
    </>
  )
  const frame = { title, part: 'sessions', failed: problems !== undefined } as const
  return page(visit, view, frame, statusOf(problems))
}

function Row({ visit, session }: { visit: Visit; session: Session }) {
  const { speech, tools, user } = visit
  const { t, ago, exact } = speech
  const device = deviceName(visit, session)
  const time = (at: number) => (
    <time dateTime={new Date(at).toISOString()} title={exact(at, user?.zoneinfo)}>
      {ago(at, tools.now())}
    </time>
  )
  return (
    <li>
      <div>
        <p className="shown">
          <bdi>{device}</bdi> {session.current && <span className="tag ok">{t('sessions.this')}</span>}
        </p>
        <p className="quiet-text">{within(t('sessions.seen', { when: mark }), time(session.last_seen_at))}</p>
        <p className="quiet-text">
          {within(t('sessions.began', { when: mark }), time(session.created_at))}
          {session.ip !== undefined && (
            <>
              {' · '}
              {within(t('sessions.address', { address: mark }), <bdi dir="ltr">{session.ip}</bdi>)}
            </>
          )}
        </p>
      </div>
      {!session.current && (
        <form method="post" action="/account/sessions">
          <input type="hidden" name="form" value={visit.formToken} />
          <input type="hidden" name="id" value={session.id} />
          <button type="submit" className="secondary" aria-label={t('sessions.endLabel', { device })}>
            {t('sessions.end')}
          </button>
        </form>
      )}
    </li>
  )
}

const mark = '\u0001'

/** A sentence of the catalogue with an element where its mark stands. */
function within(sentence: string, element: React.ReactNode) {
  const [before, after] = sentence.split(mark)
  return (
    <>
      {before}
      {element}
      {after}
    </>
  )
}

function deviceName({ speech }: Visit, { user_agent }: Session): string {
  const { browser, system } = readUserAgent(user_agent)
  if (browser !== undefined && system !== undefined) return speech.t('sessions.device', { browser, system })
  return browser ?? system ?? speech.t('sessions.unknown')
}

function Others({ visit, count }: { visit: Visit; count: number }) {
  const { t } = visit.speech
  if (count === 0) return <p className="quiet-text">{t('sessions.only')}</p>
  return (
    <form method="post" action="/account/sessions">
      <input type="hidden" name="form" value={visit.formToken} />
      <button type="submit" className="danger">
        {t('sessions.endOthers')}
      </button>
    </form>
  )
}
