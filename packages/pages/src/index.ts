// The hosted pages: React rendered to plain HTML on the server, forms that work without scripts. What lives here: what a
// page shows, in which words, and which operation its form says. What never does: HTTP, cookies, who the visitor is, the
// doing. React and everything else heavy is loaded when the first page is asked for. Next: site.ts (a visit), pages/
// (one file a page), views/ (what they are built of).
import type { Pages } from '@sallyport/protocol'
import type { Tools } from './lent.js'
import { filesAt, routes } from './routes.js'
import type { Site } from './site.js'

export type { FrontDoor, PageSettings, SealKind, Tools } from './lent.js'
export { routes as pageRoutes } from './routes.js'

/** The pages over what the server lends them. */
export function createPages(tools: Tools): Pages {
  let loading: Promise<Site> | undefined
  const load = () => {
    // React's development build is for those who write components: five times slower, and talkative.
    process.env.NODE_ENV ??= 'production'
    // What failed once, for want of file descriptors, is tried again.
    loading ??= import('./site.js')
      .then(({ createSite }) => createSite(tools))
      .catch((error: unknown) => {
        loading = undefined
        throw error
      })
    return loading
  }
  return {
    routes: routes(tools.settings),
    filesAt,
    answer: async (request) => (await load()).answer(request),
    fault: async (request, fault) => (await load()).fault(request, fault),
    file: async (name) => (await load()).file(name),
  }
}
