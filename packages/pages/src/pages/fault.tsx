// What is said where no page can go on: what happened, what to do next, and the id by which the log knows it.
import { type ErrorCode, errors, fail, type PageAnswer } from '@sallyport/protocol'
import type { Page } from '../page.js'
import { Card } from '../views/card.js'
import { page, type Visit } from '../visit.js'

interface Fault {
  readonly code: string
  readonly status: number
  /** Seconds. */
  readonly retryAfter?: number
}

export function faultPage(visit: Visit, { code, status, retryAfter }: Fault): PageAnswer {
  const { speech, request } = visit
  const { t } = speech
  const key = `problem.${code}`
  const isLost = status === 404 || status === 405
  const title = t(isLost ? 'error.notFound' : 'error.title')
  const sentence = speech.has(key) ? t(key, { wait: speech.wait(retryAfter ?? 1) }) : t('problem.other')
  const view = (
    <Card title={title} lead={isLost ? undefined : sentence}>
      <p>
        <a className="primary" href="/account">
          {t('error.home')}
        </a>
      </p>
      <p className="request">{t('error.request', { id: request.requestId })}</p>
    </Card>
  )
  const wait = retryAfter === undefined ? {} : { retryAfter }
  return page(visit, view, { title, failed: true }, { status, ...wait })
}

export const errorPage: Page = {
  path: '/error/:code',
  show: (visit) => {
    const code = visit.request.params.code ?? ''
    if (!Object.hasOwn(errors, code)) throw fail('not_found')
    // The page of an error is no error.
    return { ...faultPage(visit, { code, status: errors[code as ErrorCode].status }), status: 200 }
  },
}
