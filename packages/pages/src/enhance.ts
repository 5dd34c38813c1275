/// <reference lib="dom" />
// What pages do besides, where scripts run: show a password, tell of caps lock, count down a wait, take the one-time code
// from behind the # of a link, send a form once. Every page works without it. No request is made from here.

const each = <E extends Element>(selector: string, work: (element: E) => void): void =>
  document.querySelectorAll<E>(selector).forEach(work)

/** The button beside a password; hidden again when the form is sent, so that no browser keeps it as plain text. */
function showPasswords(): void {
  each<HTMLButtonElement>('button.show', (button) => {
    const input = document.getElementById(button.getAttribute('aria-controls') ?? '') as HTMLInputElement
    const set = (shown: boolean) => {
      input.type = shown ? 'text' : 'password'
      button.setAttribute('aria-pressed', String(shown))
      button.textContent = (shown ? button.dataset.hide : button.dataset.show) ?? ''
    }
    button.hidden = false
    button.addEventListener('click', () => {
      set(input.type === 'password')
      input.focus()
    })
    input.form?.addEventListener('submit', () => set(false))
  })
}

function tellCapsLock(): void {
  each<HTMLElement>('[data-caps]', (hint) => {
    const input = document.getElementById(hint.dataset.caps ?? '')
    const look = (event: KeyboardEvent | MouseEvent) => {
      if (event.getModifierState) hint.hidden = !event.getModifierState('CapsLock')
    }
    input?.addEventListener('keydown', look)
    input?.addEventListener('keyup', look)
    input?.addEventListener('blur', () => {
      hint.hidden = true
    })
  })
}

/** Minutes and seconds of a wait, until its form may be sent again. */
function countDown(): void {
  each<HTMLElement>('[data-wait]', (summary) => {
    const end = Date.now() + Number(summary.dataset.wait) * 1000
    const clock = document.createElement('p')
    clock.className = 'clock'
    clock.setAttribute('aria-hidden', 'true')
    summary.append(clock)
    const buttons = document.querySelectorAll<HTMLButtonElement>('main form button[type=submit]:not([name])')
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      const seconds = String(left % 60).padStart(2, '0')
      clock.textContent = `${Math.floor(left / 60)}:${seconds}`
      for (const button of buttons) button.disabled = left > 0
      if (left > 0) setTimeout(tick, 250)
      else clock.remove()
    }
    tick()
  })
}

/** Another message can be asked for after a while. */
function waitToResend(): void {
  each<HTMLFormElement>('form[data-resend]', (form) => {
    const end = Date.now() + Number(form.dataset.resend) * 1000
    const button = form.querySelector('button')
    const text = button?.textContent ?? ''
    const tick = () => {
      const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
      if (!button) return
      button.disabled = left > 0
      button.textContent = left > 0 ? `${text} (${left})` : text
      if (left > 0) setTimeout(tick, 250)
    }
    tick()
  })
}

/** Six digits are a code: sent by itself once, and never a second time by itself. */
function sendCode(): void {
  each<HTMLInputElement>('input[autocomplete="one-time-code"]', (input) => {
    let sent = false
    input.addEventListener('input', () => {
      if (sent || input.value.replace(/\D/g, '').length !== 6) return
      const others = input.form?.querySelectorAll<HTMLInputElement>('input:not([type=hidden]):not(.anchor)')
      if (others && others.length > 1) return
      sent = true
      input.form?.requestSubmit()
    })
  })
}

/** The code never reaches a server as part of an address, and does not stay in the history either. */
function takeCode(): void {
  const field = document.getElementById('token') as HTMLInputElement | null
  const code = location.hash.slice(1)
  if (!field || !/^[\w-]{20,128}$/.test(code)) return
  field.value = code
  field.readOnly = true
  history.replaceState(null, '', location.pathname + location.search)
  document.getElementById('email')?.focus()
}

/** A second click sends nothing; coming back to the page makes it new. */
function sendOnce(): void {
  each<HTMLFormElement>('form:not([data-repeat])', (form) => {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) event.preventDefault()
      form.dataset.sent = 'yes'
    })
  })
  addEventListener('pageshow', () => each<HTMLFormElement>('form', (form) => delete form.dataset.sent))
}

/** Where `autofocus` is not obeyed (a page that came as the answer to a form), what went wrong is still heard. */
function focusSummary(): void {
  document.querySelector<HTMLElement>('.summary')?.focus()
}

takeCode()
showPasswords()
tellCapsLock()
countDown()
waitToResend()
sendCode()
sendOnce()
focusSummary()
