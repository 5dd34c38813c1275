// The frame around every page: document, brand, navigation, language, footer.
import type { ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { catalogues, type Language } from '../messages/messages.js'
import type { Visit } from '../visit.js'

export interface Frame {
  readonly title: string
  /** Something is wrong: the title says so first, for those who only hear it. */
  readonly failed?: boolean
  /** Which part of the account this is; without one the page stands alone. */
  readonly part?: Part
  /** Room for more than one purpose. */
  readonly wide?: boolean
  readonly children: ReactNode
}

export type Part = 'profile' | 'security' | 'sessions'

const parts: readonly [part: Part, path: string][] = [
  ['profile', '/account'],
  ['security', '/account/security'],
  ['sessions', '/account/sessions'],
]

export function renderPage(visit: Visit, frame: Frame): string {
  return `<!doctype html>${renderToStaticMarkup(<Document visit={visit} frame={frame} />)}`
}

function Document({ visit, frame }: { visit: Visit; frame: Frame }) {
  const { speech, tools, files } = visit
  const { brand } = tools.settings
  const { t } = speech
  const title = frame.failed ? t('title.error', { title: frame.title }) : frame.title
  return (
    <html lang={speech.language} dir={speech.direction}>
      <head>
        <meta charSet="utf-8" />
        <title>{t('title.page', { title, brand: brand.name })}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={brand.scheme === 'auto' ? 'light dark' : brand.scheme} />
        <meta name="robots" content="noindex" />
        <link rel="stylesheet" href={files.path('style')} />
        <link rel="icon" href={files.path('icon')} />
        <script type="module" src={files.path('script')} />
      </head>
      <body>
        <a className="skip" href="#main">
          {t('skip')}
        </a>
        <header className={frame.part ? 'head wide' : 'head'}>
          <Logo visit={visit} />
          {frame.part && <SignOut visit={visit} />}
        </header>
        <main id="main" className={frame.part || frame.wide ? 'wide' : 'narrow'} data-part="main">
          {frame.part && <Navigation visit={visit} part={frame.part} />}
          {frame.children}
        </main>
        <Footer visit={visit} />
      </body>
    </html>
  )
}

function Logo({ visit }: { visit: Visit }) {
  const { tools, files } = visit
  const { name } = tools.settings.brand
  const logo = files.path('logo')
  const dark = files.path('logoDark')
  if (logo === undefined)
    return (
      <p className="brand" data-part="brand">
        {name}
      </p>
    )
  return (
    <picture className="brand" data-part="brand">
      {dark !== undefined && tools.settings.brand.scheme === 'auto' && (
        <source srcSet={dark} media="(prefers-color-scheme: dark)" />
      )}
      <img src={tools.settings.brand.scheme === 'dark' ? (dark ?? logo) : logo} alt={name} height="40" />
    </picture>
  )
}

function SignOut({ visit }: { visit: Visit }) {
  return (
    <form method="post" action="/sign-out" className="sign-out">
      <input type="hidden" name="form" value={visit.commonToken} />
      <button type="submit" className="quiet">
        {visit.speech.t('nav.signOut')}
      </button>
    </form>
  )
}

function Navigation({ visit, part }: { visit: Visit; part: Part }) {
  const { t } = visit.speech
  return (
    <nav aria-label={t('nav.label')} className="parts">
      <ul>
        {parts.map(([name, path]) => (
          <li key={name}>
            <a href={path} aria-current={name === part ? 'page' : undefined}>
              {t(`nav.${name}`)}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

function Footer({ visit }: { visit: Visit }) {
  const { speech, tools } = visit
  const { languages, brand } = tools.settings
  return (
    <footer>
      {languages.length > 1 && <Languages visit={visit} />}
      {brand.footer && <p className="made-by">{speech.t('madeBy')}</p>}
    </footer>
  )
}

/** Each language by its own name: whoever cannot read this page finds it nevertheless. */
function Languages({ visit }: { visit: Visit }) {
  const { speech, tools, request } = visit
  const query = new URLSearchParams(request.query)
  if (request.form.pending !== undefined) query.set('pending', request.form.pending)
  if (visit.returnTo.sealed !== undefined) {
    query.set('rt', visit.returnTo.sealed)
    query.delete('return_to')
  }
  query.delete('ui_locales')
  const back = query.size > 0 ? `${request.path}?${query}` : request.path
  return (
    <form method="post" action="/language" className="languages" aria-label={speech.t('language.choose')}>
      <input type="hidden" name="form" value={visit.commonToken} />
      <input type="hidden" name="back" value={back} />
      {tools.settings.languages.map((language) => (
        <button
          key={language}
          type="submit"
          name="language"
          value={language}
          lang={language}
          className="link"
          aria-pressed={language === speech.language}
        >
          {catalogues[language as Language]['language.name']}
        </button>
      ))}
    </form>
  )
}
