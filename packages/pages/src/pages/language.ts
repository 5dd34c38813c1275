// The language that somebody chose for this browser.
import type { Page } from '../page.js'
import { go } from '../visit.js'

/** A year. Seconds. */
const KEPT = 365 * 86_400

export const languagePage: Page = {
  path: '/language',
  tokenless: true,
  show: () => go('/account'),
  act: async ({ request, tools }) => {
    const { language = '', back = '' } = request.form
    const known = tools.settings.languages.includes(language)
    const address = tools.admitReturn(back)
    // Only a page of ours: a chosen language leads nowhere else.
    const path = address?.startsWith('/') ? address : '/account'
    return go(path, known ? { cookies: [{ name: 'language', value: language, seconds: KEPT }] } : {})
  },
}
