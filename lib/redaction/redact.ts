const SECRET = String.raw`(?:\w*(?:passw(?:or)?d|passphrase|token|secret|(?:api|access|account|private)[-_]?key)|(?:\w*_)?(?:pass|pwd))`;

/** What comes before a secret, and the secret, as drivers' errors have them. */
const SECRETS: readonly RegExp[] = [
  // A key of several lines, also as an object that was inspected has it. First, while its beginning can be seen.
  /(-----BEGIN [^-]*PRIVATE KEY-----)[\s\S]*?(?:-----END[^-]*-----|$)/g,
  // In front of the host of a URL, or of what was taken for a host. The user may have an @ too.
  /(\w:\/\/[^\s:/]*:)\S*(?=@)/g,
  /((?:^|[\s'"])[\w.-]+:)[^\s:@/]+(?=@)/g,
  // In its query, a connection string, JSON, or an object that was inspected.
  new RegExp(
    String.raw`\b(${SECRET}["']?\s*[=:]\s*)(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|"[^"]*"|'[^']*'|[^&#\s,;}]+)`,
    'gi',
  ),
  // A signed URL of Azure's.
  /([?&]sig=)[^&\s]+/g,
  // In SQL.
  /(\b(?:password|identified\s+by)\s+)'[^']*'/gi,
  // In a header.
  /(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}/gi,
];

const SECRET_NAME = new RegExp(String.raw`\b${SECRET}$`, 'i');

/** Whether what has this name is a secret. */
export const isSecret = (name: string): boolean => SECRET_NAME.test(name);

/** A text without the secrets that can be told in it. */
export const redact = (text: string): string =>
  SECRETS.reduce((told, secret) => told.replace(secret, '$1***'), text);
