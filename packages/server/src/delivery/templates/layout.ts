// The one HTML frame of every mail: tables and inline styles, because mail programs know little else; nothing that is
// loaded from anywhere; colours for light and dark. A file `layout.html` in `mail.templates` replaces it.

/** Words of ours, and those of a template's author, inside HTML; Liquid's braces pass as they are. */
export function escapeWords(words: string): string {
  return words.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
}

export function paragraph(words: string, isHtml = false): string {
  return `<p style="margin:0 0 16px">${isHtml ? words : escapeWords(words)}</p>\n`
}

/** Large enough to be read from a lock screen, and selected with one tap. */
export function codeBox(code: string): string {
  return `<p class="code" dir="ltr" style="margin:0 0 16px;padding:12px 16px;border-radius:8px;background:#f0f1f3;color:#16181d;font:600 28px/36px ui-monospace,Menlo,Consolas,monospace;letter-spacing:4px">${code}</p>\n`
}

/** A button, and the link in full beneath it for whoever looks before they click. */
export function button(label: string, link: string): string {
  return `<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 8px"><tr><td class="button" bgcolor="#1f5fd0" style="border-radius:8px"><a href="${link}" style="display:inline-block;padding:12px 20px;color:#ffffff;text-decoration:none;font-weight:600">${escapeWords(label)}</a></td></tr></table>
<p class="quiet" dir="ltr" style="margin:0 0 16px;color:#5b616b;font-size:13px;line-height:18px;word-break:break-all">${link}</p>\n`
}

export const layout = `<!doctype html>
<html lang="{{ locale }}" dir="{{ dir }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>{{ subject }}</title>
<style>
:root { color-scheme: light dark; }
@media (prefers-color-scheme: dark) {
  body, .page { background: #121417 !important; }
  .sheet { background: #1c1f24 !important; color: #e8eaed !important; }
  .code { background: #2a2e35 !important; color: #ffffff !important; }
  .button { background: #5b93f5 !important; }
  .button a { color: #0b1220 !important; }
  .quiet { color: #a8aeb8 !important; }
}
</style>
</head>
<body style="margin:0;padding:0;background:#f4f5f7">
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f4f5f7"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" class="sheet" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px;background:#ffffff;color:#16181d;border-radius:12px"><tr><td style="padding:28px 28px 12px;font:16px/24px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans KR','Apple SD Gothic Neo',sans-serif">
<p style="margin:0 0 20px;font-weight:600">{{ brand }}</p>
{{ content }}</td></tr></table>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:520px"><tr><td class="quiet" style="padding:16px 28px;color:#5b616b;font:13px/18px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans KR',sans-serif">{{ footer }}</td></tr></table>
</td></tr></table>
</body>
</html>
`
