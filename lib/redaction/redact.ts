/** Words in the name of a secret, wherever in the name they are: `secretKey`, `DB_PASSWORD_1`. */
const KEYWORD =
  '(?:passw(?:or)?d|passphrase|passcode|pwd|secret|token|credential|signature|' +
  '(?:api|access|account|private|encryption|master|signing|shared)[-_ ]?(?:access[-_ ]?)?key|' +
  'shared[-_ ]?access[-_ ]?signature)';
/** `pass` alone: compass and bypass are harmless. */
const NAME = String.raw`(?:${KEYWORD}[\w.$-]{0,40}|(?<![a-z])pass)`;
const QUOTED = String.raw`"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|` + '`[^`]*`';
/** To the end of the word, since a password may have any of `,;&#`. An open quote hides the line. */
const VALUE = String.raw`(?:(?:${QUOTED})(?:\s*\+\s*(?:${QUOTED}))*|["'][^\n]*|[^\s"'<>]+)`;
const SQL_LITERAL = String.raw`(?:e?'(?:''|\\.|[^'\\])*'|"(?:""|[^"])*"|\$(\w*)\$[\s\S]*?\$\2\$)`;
const REST_OF_LINE = String.raw`(?:${QUOTED}|[^\r\n]+)`;

const rule = (source: string, flags = 'gi') => new RegExp(source, flags);

/** The text before a secret, in the first group, and the secret, as errors have them. */
const SECRETS: readonly RegExp[] = [
  // Keys of several lines, also without their first one. First, while their ends can be seen.
  rule(String.raw`(-----BEGIN [^-]*PRIVATE KEY-----)[\s\S]*?(?:-----END[^-]*-----|$)`),
  rule(
    String.raw`((?:^|[\s'"]))(?:[\w+/=]{16,}(?:\\n|\s)+)*[\w+/=]*\s*-----END [^-]*PRIVATE KEY-----`,
  ),
  // Authorization: <any scheme> …; Set-Cookie: …; in a header, in an object that was inspected.
  rule(String.raw`\b((?:authorization|cookie)["']?\s*(?:=>|[:=])\s*)${REST_OF_LINE}`),
  rule(String.raw`(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}`),
  // scheme://user:secret@host, where user and secret may have an @ and the secret a space.
  rule(String.raw`(\w:\/\/[^\s:/]*:)(?:\S*|[^\n@/]*)(?=@)`),
  // user:secret@host, as locations of memcached.
  rule(String.raw`((?:^|[\s'"(=,])[\w.+-]+:)(?!\/\/)\S+(?=@[\w[])`),
  // PASSWORD 'secret', IDENTIFIED WITH plugin BY 'secret', SET PASSWORD FOR user = 'secret'.
  rule(String.raw`\b((?:password|identified\s+(?:with\s+\S+\s+)?(?:by|as))\s+)${SQL_LITERAL}`),
  rule(String.raw`\b(set\s+password\b[^=\n]*=\s*(?:password\s*\(\s*)?)${SQL_LITERAL}`),
  // {\"password\":\"secret\"}: JSON in JSON.
  rule(String.raw`(${NAME}\\+["']\s*:\s*\\+["'])(?:[^"'\\]|\\(?!\\*["']))*`),
  // password=secret, "password": "secret", 'password' => 'secret', password: secret.
  rule(String.raw`(${NAME}["']?\s*(?:=>|[:=])\s*)${VALUE}`),
  // [ 'password', 'secret' ].
  rule(String.raw`(${NAME}["']\s*,\s*)(?:${QUOTED})`),
  // --password secret.
  rule(String.raw`(--?[\w-]{0,40}${NAME}\s+)${VALUE}`),
  // <password>secret</password>.
  rule(String.raw`(<[^<>]{0,60}${NAME}[^<>]{0,60}>)[^<]+`),
  // A signed URL of Azure's.
  rule(String.raw`([?&]sig=)[^&\s]+`),
  // Tokens that have a known form.
  rule(String.raw`()\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*`, 'g'),
  rule(
    String.raw`\b(gh[pousr]_|github_pat_|glpat-|npm_|hf_|shpat_|[sr]k_(?:live|test)_|xox[abprs]-|A[KS]IA|AIza|SG\.)[\w.-]{8,}`,
    'g',
  ),
  rule(String.raw`(hooks\.slack\.com\/\w+\/)[\w/]+`),
  rule(String.raw`(\/bot\d+:)[\w-]+`),
];

const SECRET_NAME = rule(`${KEYWORD}|(?:^|[^a-z])pass$`, 'i');

/** Whether a name is that of a secret. */
export const isSecret = (name: string): boolean => SECRET_NAME.test(name);

/** A text without the secrets that are recognized in it. */
export const redact = (text: string): string =>
  SECRETS.reduce((redacted, secret) => redacted.replace(secret, '$1***'), text);
