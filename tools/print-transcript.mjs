// Prints a transcript as a conversation: each request as it goes over the wire, and what must come back. Pure; the
// matchers are said in the words that the player uses for them.

/**
 * Scenes as Markdown.
 * @param {{ scenes: readonly object[] }} transcript
 * @param {(matcher: unknown) => string} describe a matcher in words
 */
export function printConversation({ scenes }, describe) {
  return scenes.map((scene) => printScene(scene, describe)).join('\n')
}

function printScene({ title, values = {}, departs, steps }, describe) {
  const given = Object.entries(values).map(([name, value]) => `\`\${${name}}\` is \`${plain(value)}\``)
  const parts = [
    `### ${title[0].toUpperCase()}${title.slice(1)}`,
    ...(given.length > 0 ? [`${given.join(', ')}.`] : []),
    ...(departs === undefined
      ? []
      : [`The backend that this wire was taken from answers otherwise: ${departs}`]),
    ...steps.flatMap((step, at) => printStep(step, at + 1, describe)),
  ]
  return `${parts.join('\n\n')}\n`
}

const plain = (value) => (typeof value === 'string' ? value : JSON.stringify(value))

function printStep(step, number, describe) {
  const says = step.says === undefined ? '' : `${step.says} `
  const head = (what) => `${number}. ${says}${what}`
  if ('advance' in step) return [head(`The clock moves by ${step.advance} seconds.`)]
  if ('admin' in step) return [head(`An operator does this: ${operatorText(step.admin)}.`)]
  if ('mail' in step) return [head(`The newest mail to \`${step.mail.to}\` holds ${names(step.mail.save)}.`)]
  if ('together' in step) return printTogether(step, head, describe)
  const who = step.client === undefined ? 'The client' : `The client on the ${step.client}`
  return [
    head(`${who} sends:`),
    block(requestText(step)),
    `and gets${keeping(step.save)}:`,
    block(answerText(step.expect, describe)),
  ]
}

function printTogether({ together, times, expect }, head, describe) {
  const outcomes = expect.flatMap(({ count, save, ...expected }) => [
    `of which ${countText(count)} get${keeping(save)}:`,
    block(answerText(expected, describe)),
  ])
  return [head(`The client sends this ${times} times at once:`), block(requestText(together)), ...outcomes]
}

const operatorText = ({ act, user, role }) =>
  `${act} \`${user}\`${role === undefined ? '' : `, role \`${role}\``}`
const countText = (count) => (typeof count === 'number' ? `exactly ${count}` : `${count.from} to ${count.to}`)
const names = (save) =>
  Object.keys(save)
    .map((name) => `\`\${${name}}\``)
    .join(', ')
const keeping = (save) => (save === undefined ? '' : `, keeping ${names(save)}`)
const block = (text) => `\`\`\`http\n${text}\n\`\`\``

function requestText({ send, headers = {}, bearer, cookies, json, form, multipart, raw }) {
  const cookie = cookies && Object.entries(cookies).map(([name, value]) => `${name}=${value}`)
  const body = bodyOf({ json, form, multipart, raw })
  const lines = [
    send,
    ...(bearer === undefined ? [] : [`authorization: Bearer ${bearer}`]),
    ...(cookie && cookie.length > 0 ? [`cookie: ${cookie.join('; ')}`] : []),
    ...(body && headers['content-type'] === undefined ? [`content-type: ${body.type}`] : []),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return [...lines, ...(body ? ['', shortened(body.text)] : [])].join('\n')
}

/** A letter that is repeated to make a text too long is shown three times and counted. */
const shortened = (text) =>
  text.replace(/(\w)\1{40,}/g, (run, letter) => `${letter.repeat(3)}… (${run.length} times ${letter})`)

function bodyOf({ json, form, multipart, raw }) {
  if (json !== undefined) return { type: 'application/json', text: JSON.stringify(json, null, 2) }
  const fields = Object.entries(form ?? multipart ?? {}).map(([name, value]) => `${name}=${value}`)
  if (form) return { type: 'application/x-www-form-urlencoded', text: fields.join('&') }
  if (multipart) return { type: 'multipart/form-data', text: fields.join('\n') }
  return raw === undefined ? undefined : { type: 'application/json', text: raw }
}

function answerText({ status, headers = {}, cookies = {}, body, text, lacks = [] }, describe) {
  const set =
    cookies === '$any' ? ['set-cookie: <not looked at>'] : Object.entries(cookies).map(cookieText(describe))
  const said = Object.entries(headers).map(
    ([name, matcher]) => `${name}: ${matcherText(matcher, describe, '', true)}`,
  )
  const lines = [`HTTP/1.1 ${[status].flat().join(' or ')}`, ...said, ...set]
  const never = lacks.map((one) => `(nowhere in it: ${one})`)
  const content = text ?? body
  const shown =
    content === '$any'
      ? '<not looked at>'
      : content === undefined
        ? ''
        : matcherText(content, describe, '', true)
  return [...lines, ...(shown === '' ? [] : ['', shown]), ...never].join('\n')
}

const cookieText =
  (describe) =>
  ([name, { value, attributes }]) => {
    const rest = Object.entries(attributes).map(([attribute, wanted]) => {
      if (wanted === true) return attribute
      return wanted === 'https' ? `${attribute} (over https)` : `${attribute}=${inWords(wanted, describe)}`
    })
    return `set-cookie: ${[`${name}=${value === '' ? '' : inWords(value, describe)}`, ...rest].join('; ')}`
  }

/** Texts and numbers bare, everything else between angle brackets. */
function inWords(matcher, describe) {
  if (typeof matcher === 'string' && !/^\$[a-z]/.test(matcher)) return matcher.replace(/^\$\$/, '$')
  return typeof matcher === 'object' || typeof matcher === 'string'
    ? `<${describe(matcher)}>`
    : String(matcher)
}

/** A body as JSON with words in it; `…` where further members may stand. */
function matcherText(matcher, describe, indent, open) {
  if (typeof matcher === 'string')
    return indent === '' || /^\$[a-z]/.test(matcher) ? inWords(matcher, describe) : JSON.stringify(matcher)
  if (matcher === null || typeof matcher !== 'object') return JSON.stringify(matcher)
  const inner = `${indent}  `
  if (Array.isArray(matcher)) {
    const items = matcher.map((item) => matcherText(item, describe, inner, open))
    return items.length === 0 ? '[]' : `[${items.join(', ')}]`
  }
  const [first, of] = Object.entries(matcher)[0] ?? []
  if (first === '$exactly') return matcherText(of, describe, indent, false)
  if (first === '$including') return matcherText(of, describe, indent, true)
  if (first === '$each') return `[${matcherText(of, describe, inner, open)}, …]`
  if (first === '$jwt') return jwtText(of, describe, indent)
  if (/^\$[a-z]/.test(first ?? '')) return `<${describe(matcher)}>`
  const members = Object.entries(matcher)
    .filter(([, value]) => value !== '$absent')
    .map(([name, value]) => `${inner}${JSON.stringify(name)}: ${matcherText(value, describe, inner, open)}`)
  const all = open ? [...members, `${inner}…`] : members
  return all.length === 0 ? '{}' : `{\n${all.join(',\n')}\n${indent}}`
}

function jwtText({ header = {}, claims = {}, lifetime }, describe, indent) {
  const inner = `${indent}  `
  const parts = [
    `${inner}header ${matcherText(header, describe, inner, true)}`,
    `${inner}claims ${matcherText(claims, describe, inner, true)}`,
    ...(lifetime === undefined ? [] : [`${inner}lifetime ${inWords(lifetime, describe)} s`]),
  ]
  return `<a JWT:\n${parts.join('\n')}>`
}
