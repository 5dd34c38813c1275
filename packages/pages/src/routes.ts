// Where the pages are. Known without loading any of them.
import type { PageRoute } from '@sallyport/protocol'
import type { PageSettings } from './lent.js'

const look = (path: string): PageRoute => ({ method: 'GET', path })
const form = (path: string): PageRoute[] => [look(path), { method: 'POST', path }]

/** Style, script, logo and font, under names that follow from their content. */
export const filesAt = '/pages/:file'

export function routes({ development }: Pick<PageSettings, 'development'>): PageRoute[] {
  return [
    ...form('/sign-in'),
    ...form('/sign-up'),
    ...form('/sign-in/code'),
    ...form('/sign-in/code/enter'),
    ...form('/sign-in/link'),
    ...form('/verify'),
    ...form('/verify/link'),
    ...form('/forgot'),
    ...form('/reset'),
    ...form('/undo'),
    ...form('/restore'),
    { method: 'POST', path: '/sign-out' },
    look('/signed-out'),
    ...form('/account'),
    ...form('/account/security'),
    ...form('/account/sessions'),
    ...form('/account/email'),
    ...form('/account/phone'),
    ...form('/account/data'),
    ...form('/account/confirm'),
    ...form('/account/delete'),
    ...form('/setup'),
    look('/no-access'),
    look('/error/:code'),
    { method: 'POST', path: '/language' },
    look('/.well-known/change-password'),
    look('/'),
    ...(development ? [look('/dev/mail')] : []),
  ]
}
