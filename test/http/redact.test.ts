import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { redact } from '../../lib/redaction/redact.js';

it.each([
  ['connect postgres://app:Top5ecret@h/db failed', 'connect postgres://app:***@h/db failed'],
  ['postgres://user@corp:Top5ecret@h/db', 'postgres://user@corp:***@h/db'],
  ['postgres://:Top5ecret@h', 'postgres://:***@h'],
  ['mysql://root:a/b:c@h:3306/x', 'mysql://root:***@h:3306/x'],
  ['getaddrinfo ENOTFOUND user:Top5ecret@127.0.0.1', 'getaddrinfo ENOTFOUND user:***@127.0.0.1'],
  ['postgres://h/db?user=a&password=Top5ecret&x=1', 'postgres://h/db?user=a&password=***'],
  ['host=h password=Top5ecret dbname=x', 'host=h password=*** dbname=x'],
  ['{"user":"a","password":"Top 5ecret"}', '{"user":"a","password":***}'],
  ["{ password: 'Top5ecret', host: 'h' }", "{ password: ***, host: 'h' }"],
  ["near 'USERR x IDENTIFIED BY 'Top5ecret''", "near 'USERR x IDENTIFIED BY ***'"],
  ["ALTER ROLE a PASSWORD 'Top5ecret'", 'ALTER ROLE a PASSWORD ***'],
  ['DB_PASS=Top5ecret DB_HOST=h', 'DB_PASS=*** DB_HOST=h'],
  ['AWS_SECRET_ACCESS_KEY=Top5ecret', 'AWS_SECRET_ACCESS_KEY=***'],
  ["{ secretAccessKey: 'Top5ecret' }", '{ secretAccessKey: *** }'],
  ['x-api-key: Top5ecret', 'x-api-key: ***'],
  ['AccountName=a;AccountKey=Top5ecret==;Suffix=s', 'AccountName=a;AccountKey=***'],
  ['https://h/blob?se=1&sig=Top5ecret%3D&sp=r', 'https://h/blob?se=1&sig=***&sp=r'],
  ['{"password":"Top\\"5ecret","user":"a"}', '{"password":***,"user":"a"}'],
  ["password='Top5ecret a\\' host=h", 'password=***'],
  [
    'key -----BEGIN RSA PRIVATE KEY-----\nTop5ecret\nMIIE\n-----END RSA PRIVATE KEY----- of h',
    'key -----BEGIN RSA PRIVATE KEY-----*** of h',
  ],
  [
    inspect({
      private_key: `-----BEGIN PRIVATE KEY-----\n${'Top5ecret\n'.repeat(9)}-----END PRIVATE KEY-----`,
    }),
    '{\n  private_key: ***\n}',
  ],
  ['Authorization: Bearer abcdefgh12345', 'Authorization: ***'],
  ['sent Bearer abcdefgh12345', 'sent Bearer ***'],
])('redact() hides the secret in: %s', (text, expected) => {
  expect(redact(text)).toBe(expected);
});

it.each([
  'password authentication failed for user "app"',
  'connect ECONNREFUSED 127.0.0.1:5432',
  'getaddrinfo ENOTFOUND db.local',
  'http://billing:8080/healthz said 503 to ops@example.org',
  'basic auth is needed',
  'exited: code=null, sig=SIGTERM',
  'bypass: on, compass: north, design: flat',
])('redact() does not change: %s', (text) => {
  expect(redact(text)).toBe(text);
});
