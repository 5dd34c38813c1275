// The messages in Korean. No sentence leans on a name: particles would have to follow its last sound.
import type { Language, Part } from './words.js'

const details: Part = { details: true }
const ignore: Part = {
  say: '본인이 요청하지 않았다면 이 메시지를 무시하셔도 됩니다. 아무것도 바뀌지 않습니다.',
}
const expires: Part = { say: '{{ minutes }}분 안에 한 번만 사용할 수 있습니다.', when: 'minutes' }
const type: Part = { code: '요청 화면에 다음 코드를 입력해 주세요.' }
const bound = '\n\n@{{ host }} #{{ code }}'

export const ko: Language = {
  greeting: '안녕하세요.',
  greetingByName: '{{ name }}님, 안녕하세요.',
  details: { at: '시각', ip: '주소', user_agent: '브라우저' },
  footer: '{{ brand }} 계정과 관련하여 발송된 메시지입니다. {{ brand }} 직원이 코드를 묻는 일은 없습니다.',
  topics: {
    verify_email: {
      subject: '[{{ brand }}] 이메일 주소를 확인해 주세요',
      parts: [
        { say: '본인의 이메일 주소가 맞는지 확인해 주세요.' },
        type,
        { link: '주소 확인' },
        expires,
        { say: '가입한 적이 없다면 이 메시지를 무시하셔도 됩니다. 주소는 확인되지 않습니다.' },
      ],
    },
    signup_taken: {
      subject: '[{{ brand }}] 이미 계정이 있습니다',
      parts: [
        { say: '이 주소로 다시 가입하려는 시도가 있었습니다. 이미 계정이 있으므로 바뀐 것은 없습니다.' },
        { link: '로그인' },
        { say: '비밀번호가 기억나지 않으면 로그인 화면에서 새 비밀번호를 요청해 주세요.' },
        { say: '본인이 아니라면 아무것도 하지 않으셔도 됩니다.' },
      ],
    },
    change_email: {
      subject: '[{{ brand }}] 새 이메일 주소를 확인해 주세요',
      parts: [
        { say: '이 주소를 계정의 새 주소로 사용할 것인지 확인해 주세요.' },
        type,
        { link: '새 주소 확인' },
        expires,
        { say: '확인하기 전까지는 아무것도 바뀌지 않습니다. 본인이 아니라면 이 메시지를 무시하셔도 됩니다.' },
      ],
    },
    email_changed: {
      subject: '[{{ brand }}] 이메일 주소가 변경되었습니다',
      parts: [
        { say: '계정의 이메일 주소가 변경되어 이 주소는 더 이상 사용되지 않습니다.' },
        details,
        { say: '본인이 변경하지 않았다면 변경을 취소해 주세요. 7일 동안 취소할 수 있습니다.', when: 'link' },
        { link: '변경 취소' },
      ],
    },
    reset_password: {
      subject: '[{{ brand }}] 새 비밀번호를 설정해 주세요',
      parts: [
        { say: '새 비밀번호 설정이 요청되었습니다. 설정하기 전까지는 기존 비밀번호를 사용할 수 있습니다.' },
        type,
        { link: '새 비밀번호 설정' },
        expires,
        ignore,
      ],
      sms: '[{{ brand }}] 비밀번호 재설정 코드 {{ code }}.{% if minutes %} {{ minutes }}분간 유효.{% endif %}',
    },
    login_code: {
      subject: '[{{ brand }}] 로그인 코드',
      parts: [
        { say: '이 주소로 로그인 요청이 있었습니다.' },
        type,
        { link: '로그인' },
        expires,
        { say: '코드를 누구에게도 알려 주지 마세요. 본인이 아니라면 이 메시지를 무시하셔도 됩니다.' },
      ],
      sms: `[{{ brand }}] 로그인 코드 {{ code }}.{% if minutes %} {{ minutes }}분간 유효.{% endif %}${bound}`,
    },
    verify_phone: {
      sms: `[{{ brand }}] 번호 확인 코드 {{ code }}.{% if minutes %} {{ minutes }}분간 유효.{% endif %}${bound}`,
    },
    password_changed: {
      subject: '[{{ brand }}] 비밀번호가 변경되었습니다',
      parts: [
        { say: '계정의 비밀번호가 변경되었습니다.' },
        details,
        { say: '본인이 변경하지 않았다면 지금 새 비밀번호를 설정해 주세요.' },
        { link: '새 비밀번호 설정' },
      ],
      sms: '[{{ brand }}] 비밀번호가 변경되었습니다. 본인이 아니면 즉시 새로 설정하세요.',
    },
    new_device: {
      subject: '[{{ brand }}] 새 기기에서 로그인했습니다',
      parts: [
        { say: '이전에 사용한 적이 없는 기기에서 계정에 로그인했습니다.' },
        details,
        {
          say: '본인이 아니라면 다른 사람이 비밀번호를 알고 있을 수 있습니다. 지금 새 비밀번호를 설정하고 모르는 세션을 종료해 주세요.',
        },
        { link: '세션 보기' },
      ],
      sms: '[{{ brand }}] 새 기기에서 로그인했습니다. 본인이 아니면 비밀번호를 바꾸세요.',
    },
    session_reuse: {
      subject: '[{{ brand }}] 안전을 위해 세션을 종료했습니다',
      parts: [
        {
          say: '세션이 복제되었을 때만 생길 수 있는 방식으로 두 번 사용되었습니다. 그 세션을 종료했으며, 복제본도 더 이상 사용할 수 없습니다.',
        },
        details,
        {
          say: '다시 로그인해 주세요. 특별히 하신 일이 없다면 기기에 모르는 프로그램이 있는지 살펴보고 새 비밀번호를 설정해 주세요.',
        },
        { link: '세션 보기' },
      ],
      sms: '[{{ brand }}] 복제된 것으로 보이는 세션을 종료했습니다. 다시 로그인하세요.',
    },
    account_deleted: {
      subject: '[{{ brand }}] 계정이 삭제되었습니다',
      parts: [
        { say: '계정이 삭제되고 모든 세션이 종료되었습니다.' },
        details,
        { say: '마음이 바뀌었거나 본인이 삭제하지 않았다면 7일 안에 되돌릴 수 있습니다.', when: 'link' },
        { link: '계정 유지' },
      ],
      sms: '[{{ brand }}] 계정이 삭제되었습니다.{% if link %} 7일 내 취소: {{ link }}{% endif %}',
    },
    test: {
      subject: '[{{ brand }}] 메일 발송 시험',
      parts: [{ say: '{{ brand }} 운영자가 메일이 도착하는지 시험한 것입니다. 잘 도착했습니다.' }],
      sms: '[{{ brand }}] SMS 발송 시험입니다.',
    },
  },
}
