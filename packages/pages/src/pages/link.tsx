// The link of a message, looked at: what it is for, without using it up.
import { Failure, type getLink, type OutputOf, type PageAnswer } from '@sallyport/protocol'
import { Card } from '../views/card.js'
import { page, type Visit } from '../visit.js'

export type Link = OutputOf<typeof getLink> & { readonly token: string }
type Purpose = Link['purpose']

/** The link of this address; undefined where it is no longer good, or is for something else. */
export async function linkOf(
  { request }: Visit,
  operation: typeof getLink,
  purposes: readonly Purpose[],
): Promise<Link | undefined> {
  // `token` in links that led to an earlier front end's page.
  const token = request.query.t ?? request.query.token ?? request.form.token
  if (token === undefined || token === '') return undefined
  try {
    const link = await request.call(operation, { token })
    return purposes.includes(link.purpose) ? { ...link, token } : undefined
  } catch (error) {
    if (error instanceof Failure && ['code_invalid', 'invalid_request'].includes(error.code)) return undefined
    throw error
  }
}

export function deadLink(visit: Visit): PageAnswer {
  const { t } = visit.speech
  const title = t('link.dead')
  const view = (
    <Card title={title} lead={t('link.deadText')}>
      <p>
        <a className="primary" href="/sign-in">
          {t('link.signIn')}
        </a>
      </p>
    </Card>
  )
  return page(visit, view, { title, failed: true }, { status: 401, secretAddress: true })
}
