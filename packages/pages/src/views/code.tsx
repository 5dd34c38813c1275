// A code from a message: the field for it, and the way to another message.
import type { Flow } from '../flow.js'
import type { Problems } from '../problems.js'
import type { Visit } from '../visit.js'
import { Field } from './form.js'

/** People type what they see: with blanks, with a dash. */
export const typedCode = ({ request }: Visit): string => (request.form.code ?? '').replaceAll(/[\s-]/g, '')

export function CodeField({
  visit,
  problems,
  flow,
}: {
  visit: Visit
  problems: Problems | undefined
  flow?: Flow | undefined
}) {
  const { t, wait } = visit.speech
  const left = flow && Math.ceil((flow.endsAt - visit.tools.now()) / 1000)
  return (
    <Field
      visit={visit}
      name="code"
      kind="code"
      label={t('code.field')}
      problems={problems}
      focus
      {...(left !== undefined && left > 0 && { hint: t('code.hint', { wait: wait(left) }) })}
    />
  )
}

/** A form of its own: asking for another message sends nothing of what was typed. */
export function Resend({ visit, flow, action }: { visit: Visit; flow: Flow; action: string }) {
  const seconds = Math.max(0, Math.ceil((flow.resendAt - visit.tools.now()) / 1000))
  return (
    <form method="post" action={action} className="resend" data-resend={seconds || undefined}>
      <input type="hidden" name="form" value={visit.formToken} />
      <input type="hidden" name="act" value="resend" />
      <button type="submit" className="secondary">
        {visit.speech.t('code.again')}
      </button>
    </form>
  )
}
