// Taking something back with the link of a notice: a changed address, a deleted account.
import { getLink, type PageAnswer, restoreProfile, undoEmail } from '@sallyport/protocol'
import { begin } from '../flow.js'
import type { Page } from '../page.js'
import type { Problems } from '../problems.js'
import { Card } from '../views/card.js'
import { Form, Summary } from '../views/form.js'
import { go, page, type Visit } from '../visit.js'
import { deadLink, linkOf } from './link.js'
import { statusOf } from './sign-in.js'

interface Question {
  readonly path: string
  readonly token: string
  readonly title: string
  readonly text: string
  readonly button: string
}

function ask(visit: Visit, problems: Problems | undefined, question: Question): PageAnswer {
  const { path, token, title, text, button } = question
  const view = (
    <Card title={title} lead={text}>
      <Summary visit={visit} problems={problems} />
      <Form
        visit={visit}
        action={`${path}?t=${encodeURIComponent(token)}`}
        button={button}
        hidden={{ token }}
      />
    </Card>
  )
  const more = { ...statusOf(problems), secretAddress: true } as const
  return page(visit, view, { title, failed: problems !== undefined }, more)
}

export const undo: Page = {
  path: '/undo',
  show: async (visit, problems) => {
    const link = await linkOf(visit, getLink, ['undo_email'])
    if (!link) return deadLink(visit)
    const { t } = visit.speech
    return ask(visit, problems, {
      path: '/undo',
      token: link.token,
      title: t('email.title'),
      text: t('link.undoEmail', { account: link.email ?? '' }),
      button: t('link.undoEmailButton'),
    })
  },
  act: async (visit) => {
    const output = await visit.request.call(undoEmail, { token: visit.request.form.token ?? '' })
    return begin(visit, '/reset?done=undone', 'set', '', output)
  },
}

export const restore: Page = {
  path: '/restore',
  show: (visit, problems) => {
    const token = visit.request.query.t ?? visit.request.form.token
    if (!token) return deadLink(visit)
    const { t } = visit.speech
    return ask(visit, problems, {
      path: '/restore',
      token,
      title: t('restore.title'),
      text: t('restore.text'),
      button: t('link.undoDeleteButton'),
    })
  },
  act: async (visit) => {
    await visit.request.call(restoreProfile, { token: visit.request.form.token ?? '' })
    return go('/sign-in?done=restored')
  },
}
