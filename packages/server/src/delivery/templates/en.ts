// The messages in English.
import type { Language, Part } from './words.js'

const details: Part = { details: true }
const nothing: Part = { say: 'If this was not you, you can ignore this message: nothing changes without it.' }
const secure: Part = {
  say: 'If this was not you, somebody else may know your password. Set a new one now, and end the sessions that you do not know.',
}
const expires: Part = { say: 'It works once, within {{ minutes }} minutes.', when: 'minutes' }
/** Filled in by browsers and telephones for this site alone (origin-bound one-time codes). */
const bound = '\n\n@{{ host }} #{{ code }}'

export const en: Language = {
  greeting: 'Hello,',
  greetingByName: 'Hello {{ name }},',
  details: { at: 'When', ip: 'Address', user_agent: 'Browser' },
  footer:
    '{{ brand }} sent this message about your account. Nobody from {{ brand }} will ever ask you for a code.',
  topics: {
    verify_email: {
      subject: 'Confirm your address for {{ brand }}',
      parts: [
        { say: 'Please confirm that this address is yours.' },
        { code: 'Type this code where you are asked for it:' },
        { link: 'Confirm address' },
        expires,
        { say: 'If you did not sign up, you can ignore this message: nothing is confirmed without it.' },
      ],
    },
    signup_taken: {
      subject: 'You already have an account with {{ brand }}',
      parts: [
        {
          say: 'Somebody, probably you, tried to sign up with this address. It already has an account, so nothing was changed.',
        },
        { link: 'Sign in' },
        { say: 'If you do not remember your password, ask for a new one where you sign in.' },
        { say: 'If this was not you, there is nothing to do.' },
      ],
    },
    change_email: {
      subject: 'Confirm your new address for {{ brand }}',
      parts: [
        { say: 'Please confirm that this is to be the new address of your account.' },
        { code: 'Type this code where you are asked for it:' },
        { link: 'Confirm new address' },
        expires,
        { say: 'Until then everything stays as it is. If this was not you, you can ignore this message.' },
      ],
    },
    email_changed: {
      subject: 'Your address at {{ brand }} was changed',
      parts: [
        { say: 'Your account now has another address. This one is no longer used.' },
        details,
        { say: 'If this was not you, take the change back. You can do so for 7 days.', when: 'link' },
        { link: 'Take the change back' },
      ],
    },
    reset_password: {
      subject: 'Set a new password for {{ brand }}',
      parts: [
        { say: 'You asked for a new password. Until you set it, the old one works.' },
        { code: 'Type this code where you are asked for it:' },
        { link: 'Set a new password' },
        expires,
        nothing,
      ],
      sms: '{{ brand }}: {{ code }} is your code to set a new password. Do not share it.{% if minutes %} Good for {{ minutes }} min.{% endif %}',
    },
    login_code: {
      subject: 'Your code to sign in to {{ brand }}',
      parts: [
        { say: 'Somebody, probably you, wants to sign in with this address.' },
        { code: 'Type this code where you are asked for it:' },
        { link: 'Sign in' },
        expires,
        { say: 'Never tell it to anybody. If this was not you, you can ignore this message.' },
      ],
      sms: `{{ brand }}: {{ code }} is your code to sign in. Do not share it.{% if minutes %} Good for {{ minutes }} min.{% endif %}${bound}`,
    },
    verify_phone: {
      sms: `{{ brand }}: {{ code }} confirms your number. Do not share it.{% if minutes %} Good for {{ minutes }} min.{% endif %}${bound}`,
    },
    password_changed: {
      subject: 'Your password at {{ brand }} was changed',
      parts: [
        { say: 'The password of your account was changed.' },
        details,
        { say: 'If this was not you, set a new password now.' },
        { link: 'Set a new password' },
      ],
      sms: '{{ brand }}: your password was changed. If this was not you, set a new one now.',
    },
    new_device: {
      subject: 'New sign-in to {{ brand }}',
      parts: [
        { say: 'Somebody signed in to your account from a device that was not seen before.' },
        details,
        secure,
        { link: 'See your sessions' },
      ],
      sms: '{{ brand }}: a new device signed in to your account. If this was not you, set a new password now.',
    },
    session_reuse: {
      subject: 'A session at {{ brand }} was ended for your safety',
      parts: [
        {
          say: 'A session of yours was used twice in a way that only a copy of it can be. We ended it; whoever has the copy is out too.',
        },
        details,
        {
          say: 'Please sign in again. If you did nothing unusual, look for programs on your device that you do not know, and set a new password.',
        },
        { link: 'See your sessions' },
      ],
      sms: '{{ brand }}: we ended a session of yours that may have been copied. Please sign in again.',
    },
    account_deleted: {
      subject: 'Your account at {{ brand }} was deleted',
      parts: [
        { say: 'Your account was deleted and every session ended.' },
        details,
        { say: 'If you change your mind, or if this was not you, you can undo it for 7 days.', when: 'link' },
        { link: 'Keep my account' },
      ],
      sms: '{{ brand }}: your account was deleted.{% if link %} To undo it within 7 days: {{ link }}{% endif %}',
    },
    test: {
      subject: '{{ brand }} can send mail',
      parts: [
        { say: 'This is a test. Whoever runs {{ brand }} wanted to see whether mail arrives, and it does.' },
      ],
      sms: '{{ brand }} can send SMS. This is a test.',
    },
  },
}
