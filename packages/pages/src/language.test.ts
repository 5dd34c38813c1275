import { expect, it } from 'vitest'
import { chooseLanguage, createSpeeches } from './language.js'

const all = ['en', 'ko', 'uk', 'ar'] as const

it.each([
  [['ko'], 'ko'],
  [['ko-KR'], 'ko'],
  [['KO-kr'], 'ko'],
  [['fr, de;q=0.9'], 'en'],
  [['fr;q=1, uk;q=0.2, ko;q=0.1'], 'uk'],
  [['ko;q=0, uk'], 'uk'],
  [['en;q=0.1,ar;q=0.9'], 'ar'],
  [[undefined, '', 'uk en'], 'uk'],
  [['fr; q=0.5, uk; q=0.9, ko; q=0.7'], 'uk'],
  [['kob'], 'en'],
  [[';;;,,,q=;'], 'en'],
  [['*'], 'en'],
  [[`${'x,'.repeat(5000)}ko`], 'en'],
])('%j is %s', (wishes, language) => {
  expect(chooseLanguage(wishes, all)).toBe(language)
})

it('plurals go by the rules of each language', () => {
  const speeches = createSpeeches()
  const say = (language: 'en' | 'ko' | 'uk' | 'ar', count: number) =>
    speeches.get(language)!.t('wait.minutes', { count })
  expect([1, 2].map((count) => say('en', count))).toEqual(['1 minute', '2 minutes'])
  expect(new Set([1, 2, 5, 21].map((count) => say('uk', count).replace(/\d+/, '#'))).size).toBe(3)
  expect(say('uk', 21).replace('21', '1')).toBe(say('uk', 1))
  expect(
    new Set([0, 1, 2, 3, 11, 100].map((count) => say('ar', count).replace(/\d+/, '#'))).size,
  ).toBeGreaterThan(3)
  expect(say('ko', 1).replace('1', '5')).toBe(say('ko', 5))
})

it('a time zone that nobody knows is UTC', () => {
  const en = createSpeeches().get('en')!
  const at = Date.UTC(2030, 0, 1, 23)
  expect(en.exact(at, 'Nowhere/Land')).toBe(en.exact(at))
  expect(en.day(at, 'Asia/Seoul')).toBe('January 2, 2030')
})
