// Forms: what is wrong first, then the fields, then the one button. Attributes that password managers, keyboards and
// screen readers go by stand in one table.
import type { InputHTMLAttributes, ReactNode } from 'react'
import type { Problems } from '../problems.js'
import { typed, type Visit } from '../visit.js'

interface FormProps {
  readonly visit: Visit
  readonly action: string
  readonly button: string
  readonly children?: ReactNode
  /** More hidden members. */
  readonly hidden?: Readonly<Record<string, string | undefined>>
  readonly danger?: boolean
  /** It leads away from the account. */
  readonly common?: boolean
  /** It leaves the page where it is, and may be sent again. */
  readonly repeatable?: boolean
}

export function Form({
  visit,
  action,
  button,
  children,
  hidden = {},
  danger,
  repeatable,
  common,
}: FormProps) {
  const carried = { form: common ? visit.commonToken : visit.formToken, rt: visit.returnTo.sealed, ...hidden }
  return (
    <form method="post" action={action} data-repeat={repeatable}>
      {Object.entries(carried).map(
        ([name, value]) =>
          value !== undefined && <input key={name} type="hidden" name={name} value={value} />,
      )}
      {children}
      <button type="submit" className={danger ? 'danger' : 'primary'}>
        {button}
      </button>
    </form>
  )
}

/** Said first, and where the focus goes; names the fields as links to them. */
export function Summary({
  visit,
  problems,
  labels,
}: {
  visit: Visit
  problems: Problems | undefined
  labels?: Labels
}) {
  if (!problems) return null
  const fields = Object.entries(problems.fields).filter(([name]) => labels?.[name] !== undefined)
  // What one field's sentence says already is not said twice.
  const isSaid = fields.some(([, sentence]) => sentence === problems.summary)
  return (
    <div
      className="summary"
      role="alert"
      tabIndex={-1}
      // biome-ignore lint/a11y/noAutofocus: whoever sent a form must hear what came of it, with scripts off too
      autoFocus
      data-wait={problems.wait}
      data-part="summary"
    >
      <p>{isSaid ? visit.speech.t('problem.title') : problems.summary}</p>
      {fields.length > 0 && (
        <ul>
          {fields.map(([name, sentence]) => (
            <li key={name}>
              <a href={`#${name}`}>
                {labels![name]}: {sentence}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Names of fields, by the member of the form. */
export type Labels = Readonly<Record<string, string>>

/** Something went well. */
export function Done({ children }: { children: ReactNode }) {
  return (
    <p className="done" role="status" data-part="done">
      {children}
    </p>
  )
}

type Attributes = InputHTMLAttributes<HTMLInputElement>

/** One table: what a field is to password managers, keyboards and assistive technology (WHATWG HTML, autofill). */
const attributes = {
  identifier: {
    type: 'text',
    autoComplete: 'username webauthn',
    autoCapitalize: 'none',
    spellCheck: false,
    maxLength: 320,
    dir: 'ltr',
  },
  newIdentifier: {
    type: 'text',
    autoComplete: 'username',
    autoCapitalize: 'none',
    spellCheck: false,
    maxLength: 320,
    dir: 'ltr',
  },
  email: {
    type: 'email',
    autoComplete: 'email',
    autoCapitalize: 'none',
    spellCheck: false,
    maxLength: 320,
    dir: 'ltr',
  },
  currentPassword: { type: 'password', autoComplete: 'current-password' },
  newPassword: { type: 'password', autoComplete: 'new-password' },
  code: {
    type: 'text',
    inputMode: 'numeric',
    autoComplete: 'one-time-code',
    pattern: '[0-9 \\-]*',
    maxLength: 11,
    spellCheck: false,
    dir: 'ltr',
  },
  token: {
    type: 'text',
    autoComplete: 'off',
    autoCapitalize: 'none',
    spellCheck: false,
    maxLength: 128,
    dir: 'ltr',
  },
  name: { type: 'text', autoComplete: 'name', maxLength: 255 },
  phone: { type: 'tel', autoComplete: 'tel', maxLength: 64, dir: 'ltr' },
  username: {
    type: 'text',
    autoComplete: 'username',
    autoCapitalize: 'none',
    spellCheck: false,
    maxLength: 255,
    dir: 'ltr',
  },
  url: { type: 'url', autoComplete: 'photo', maxLength: 2048, dir: 'ltr', spellCheck: false },
} satisfies Record<string, Attributes>

interface FieldProps {
  readonly visit: Visit
  readonly name: string
  readonly kind: keyof typeof attributes
  readonly label: string
  readonly hint?: string
  readonly problems: Problems | undefined
  readonly value?: string
  readonly optional?: boolean
  readonly focus?: boolean
  readonly minLength?: number
  /** Rules that password managers make a password by. */
  readonly rules?: string
}

/** A label, a field, and under it what helps and what is wrong. */
export function Field(props: FieldProps) {
  const { visit, name, kind, label, hint, problems, value, optional, focus, minLength, rules } = props
  const wrong = problems?.fields[name]
  const isSecret = attributes[kind].type === 'password'
  const described = [wrong && `${name}-wrong`, hint && `${name}-hint`].filter(Boolean).join(' ')
  const input = (
    <input
      {...attributes[kind]}
      id={name}
      name={name}
      defaultValue={isSecret ? undefined : typed(visit, name, value)}
      required={!optional}
      minLength={minLength}
      aria-invalid={wrong ? true : undefined}
      aria-describedby={described || undefined}
      // biome-ignore lint/a11y/noAutofocus: only the first field of a page with one purpose asks for it
      autoFocus={focus && !problems}
      {...(rules && { passwordrules: rules })}
    />
  )
  return (
    <div className="field" data-part="field">
      <label htmlFor={name}>{optional ? visit.speech.t('field.optional', { field: label }) : label}</label>
      {isSecret ? <Secret visit={visit} name={name} input={input} /> : input}
      {wrong && (
        <p className="wrong" id={`${name}-wrong`}>
          {wrong}
        </p>
      )}
      {hint && (
        <p className="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

/** A password that is chosen here, with its rules for people and for the programs that make one up. */
export function NewPassword(props: Pick<FieldProps, 'visit' | 'name' | 'label' | 'problems'>) {
  const { speech, tools } = props.visit
  const count = tools.settings.passwordLength
  return (
    <Field
      {...props}
      kind="newPassword"
      hint={speech.t('password.hint', { count })}
      minLength={count}
      rules={`minlength: ${count}; maxlength: 128;`}
    />
  )
}

/** The button is of use with scripts alone, so scripts bring it to light. */
function Secret({ visit, name, input }: { visit: Visit; name: string; input: ReactNode }) {
  const { t } = visit.speech
  return (
    <>
      <div className="secret">
        {input}
        <button
          type="button"
          className="show"
          hidden
          aria-controls={name}
          aria-pressed="false"
          aria-label={t('password.showLabel')}
          data-show={t('password.show')}
          data-hide={t('password.hide')}
        >
          {t('password.show')}
        </button>
      </div>
      <p className="caps" data-caps={name} aria-live="polite" hidden>
        {t('password.capsLock')}
      </p>
    </>
  )
}

/** Tells password managers whose password is changed; seen by them and nobody else. */
export function UsernameAnchor({ value }: { value: string }) {
  return (
    <input
      className="anchor"
      type="text"
      name="username"
      autoComplete="username"
      defaultValue={value}
      readOnly
      tabIndex={-1}
      aria-hidden="true"
    />
  )
}
