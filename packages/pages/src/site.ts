// A visit from the request to its answer: language, who is there, the form's token, the page, and what becomes of a
// failure. Loaded when the first page is asked for.
import {
  type ErrorCode,
  errors,
  Failure,
  getProfile,
  type PageAnswer,
  type PageRequest,
  type Pages,
  type User,
} from '@sallyport/protocol'
import { browserCookieOf } from './browser-cookies.js'
import { createFiles, type Files } from './files.js'
import { readFlow } from './flow.js'
import { chooseLanguage, createSpeeches, type Speech } from './language.js'
import type { Tools } from './lent.js'
import type { Language } from './messages/messages.js'
import type { Page } from './page.js'
import { pages } from './pages/all.js'
import { faultPage } from './pages/fault.js'
import { problemsOf } from './problems.js'
import {
  besideForm,
  formFault,
  go,
  newFormToken,
  readPending,
  returnCookieLine,
  returnOf,
  sealPending,
  sealReturn,
  type Visit,
} from './visit.js'

export type Site = Pick<Pages, 'answer' | 'fault' | 'file'>

export function createSite(tools: Tools): Site {
  const speeches = createSpeeches()
  const files = createFiles(tools.settings.brand)
  const allowed = tools.settings.languages as Language[]
  const table = new Map(pages.map((page) => [page.path, page]))
  const speechFor = (wishes: readonly (string | undefined)[]) =>
    speeches.get(chooseLanguage(wishes, allowed)) as Speech
  const parts = { tools, files, speechFor }
  return {
    answer: async (request) => {
      const page = table.get(request.route)
      if (!page) throw new Error(`pages: no page stands at ${request.route}`)
      return answer(parts, page, request)
    },
    fault: async (request, fault) => {
      const visit = visitOf(parts, { ...nothingAsked, ...request })
      return faultPage(visit, fault)
    },
    file: async (name) => files.find(name),
  }
}

interface Parts {
  readonly tools: Tools
  readonly files: Files
  readonly speechFor: (wishes: readonly (string | undefined)[]) => Speech
}

const nothingAsked = {
  method: 'GET',
  route: '',
  path: '/',
  params: {},
  query: {},
  form: {},
  hasSession: false,
  renewal: async () => undefined,
  call: () => Promise.reject(new Error('pages: a fault asks for nothing')),
} as const

function visitOf({ tools, files, speechFor }: Parts, request: PageRequest, page?: Page, user?: User): Visit {
  const wishes = [request.cookie('language'), user?.locale, request.query.ui_locales, request.acceptLanguage]
  const formCookie = browserCookieOf(request.cookie('form'))
  const returnCookie = browserCookieOf(request.cookie('return'))
  const flow = readFlow(request, tools)
  return {
    request,
    tools,
    files,
    speech: speechFor(wishes),
    formCookie,
    returnCookie,
    formToken: newFormToken(tools, besideForm(formCookie.value, user)),
    commonToken: newFormToken(tools, besideForm(formCookie.value, undefined)),
    returnTo: returnOf({ request, tools, returnCookie }, flow, page?.flows),
    pending: readPending(request, tools, user),
    flow,
    ...(user && { user }),
  }
}

async function answer(parts: Parts, page: Page, request: PageRequest): Promise<PageAnswer> {
  let visit: Visit | undefined
  try {
    const user = page.needs === 'session' ? (await request.call(getProfile, {})).user : undefined
    visit = visitOf(parts, request, page, user)
    if (request.method === 'GET') return await page.show(visit)
    return await send(visit, page)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (isSignedOut(error.code)) return toSignIn(parts.tools, request)
    visit ??= visitOf(parts, request)
    const fault = { ...error.details, code: error.code, status: errors[error.code].status }
    return { ...faultPage(visit, fault), ...refusedBy(error) }
  }
}

/** A form that was sent: refused as a form, done, or shown again with what is wrong. */
async function send(visit: Visit, page: Page): Promise<PageAnswer> {
  const fault = page.tokenless ? undefined : formFault(visit)
  if (fault !== undefined)
    return page.show(visit, { status: 400, summary: visit.speech.t(`problem.${fault}`), fields: {} })
  try {
    return await page.act!(visit)
  } catch (error) {
    if (!(error instanceof Failure) || isSignedOut(error.code)) throw error
    if (error.code === 'step_up_required') return confirmFirst(visit, error)
    const { status } = errors[error.code]
    const problems = problemsOf(visit, Object.assign(error, { status }), page.aliases)
    return { ...(await page.show(visit, problems)), ...refusedBy(error) }
  }
}

const isSignedOut = (code: ErrorCode) => code === 'token_missing' || code === 'session_ended'

/** After signing in, back to where it was asked for; what a form held is gone with the session. */
function toSignIn(tools: Tools, request: PageRequest): PageAnswer {
  const { route, path, hasSession } = request
  const returnCookie = browserCookieOf(request.cookie('return'))
  const rt = sealReturn({ tools, returnCookie }, route.includes(':') ? '/account' : path)
  const cookies = returnCookie.isNew ? [returnCookieLine(returnCookie)] : []
  return go(`/sign-in?rt=${rt}${hasSession ? '&ended=1' : ''}`, { cookies })
}

function confirmFirst(visit: Visit, { details }: Failure): PageAnswer {
  const { path, form } = visit.request
  const purpose = details.proof?.purpose
  const pending = { path, values: form, ...(purpose !== undefined && { purpose }) }
  return go(`/account/confirm?pending=${sealPending(visit, pending)}`)
}

/** For the log: which failure it was, and what lay behind it. */
const refusedBy = ({ code, details }: Failure): Pick<PageAnswer, 'refused'> => ({
  refused: { code, ...(details.cause !== undefined && { cause: details.cause }) },
})
