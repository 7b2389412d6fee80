import { describe, expect, it } from 'vitest';
import type { Json, Manifest } from '../model.js';
import { createTerminal } from '../terminal.js';
import { namesCredential } from './credentials.js';
import { diffSides } from './diff.js';
import { formatMarkdown } from './markdown.js';
import { createMasker } from './mask.js';
import type { DiffReport } from './model.js';
import type { Side } from './side.js';
import { formatText } from './text.js';

const encode = (text: string): string => Buffer.from(text).toString('base64');

/** Every place in which a secret may stand; `n` makes those of the two sides differ. */
function values(n: string): Json {
  return {
    grafana: {
      adminPassword: `CANARY-a${n}`,
      existingSecret: `grafana-admin-${n}`,
      pin: { password: Number(`8675309${n}`) },
    },
    tokens: { ci: `CANARY-b${n}`, cd: [`CANARY-c${n}`] },
    extraEnv: [{ name: 'DB_PASSWORD', value: `CANARY-d${n}` }],
    url: `postgres://user:CANARY-e${n}@db:5432/x`,
    note: `the database still answers to CANARY-shared-${n}`,
  };
}

function manifests(n: string): Json[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'plain',
        annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"x":"CANARY-f${n}"}}` },
      },
      data: { password: encode(`CANARY-g${n}`), user: encode(`CANARY-shared-${n}`) },
      stringData: { note: `CANARY-h${n}` },
    },
    {
      apiVersion: 'v1',
      kind: 'List',
      metadata: { name: 'list' },
      items: [{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'inner' }, stringData: { x: `CANARY-i${n}` } }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'config',
        annotations: { jwt: `eyJhbGciOiJIUzI1NiJ9.CANARY-j${n}.sig`, 'checksum/secret': `c0ffee${n}`.repeat(9) },
      },
      data: {
        apiKey: `CANARY-k${n}`,
        'app.ini': `user = me\npassword = CANARY-l${n} with blanks\nport = 1`,
        'app.yaml': `a: 1\nauth:\n  token: |\n    CANARY-m${n}\n    CANARY-n${n}\n  nested: {client_secret: {value: CANARY-o${n}}}\n`,
        'app.json': `{"port": 1, "db": {"secret": "CANARY-p${n}", "user": "me"}, "tokens": ["CANARY-q${n}"]}`,
        'tls.key': `-----BEGIN RSA PRIVATE KEY-----\nCANARY-r${n}\n-----END RSA PRIVATE KEY-----`,
        'tls.b64': encode(`-----BEGIN EC PRIVATE KEY-----\nCANARY-s${n}`),
        copy: `dsn=user=me ${encode(`CANARY-g${n}`)} CANARY-g${n}`,
        header: `Authorization: Bearer CANARY-t${n}-0123456789`,
      },
      binaryData: { blob: encode(`CANARY-u${n}`) },
    },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'pod' },
      spec: {
        containers: [
          {
            name: 'main',
            args: [`--token=CANARY-v${n}`, '--password', `CANARY-w${n}`, `-remoteWrite.bearerToken=CANARY-x${n}`],
            env: [
              { name: 'API_TOKEN', value: `CANARY-y${n}` },
              { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: `visible-${n}`, key: 'password' } } },
            ],
          },
        ],
        volumes: [{ name: 'v', secret: { secretName: `shown-${n}`, items: [{ key: 'token', path: 'token' }] } }],
      },
    },
  ];
}

function side(n: string): Side {
  const objects = manifests(n).map((manifest) => ({
    component: 'app',
    namespace: 'ns',
    manifest: manifest as Manifest,
  }));
  return { values: values(n), objects };
}

const failed = { values: values('2'), objects: [], error: `at '/x': 'CANARY-a2' does not match, nor does CANARY-e2` };
const CASES: readonly (readonly [name: string, from: Side, to: Side])[] = [
  ['changed', side('1'), side('2')],
  ['added', { values: {}, objects: [] }, side('2')],
  ['removed', side('1'), { values: {}, objects: [] }],
  ['failed', failed, side('2')],
];
const FORMATS: Readonly<Record<string, (report: DiffReport) => string>> = {
  text: (report) => formatText(report, createTerminal(process, {}).style),
  markdown: formatMarkdown,
  json: (report) => JSON.stringify(report),
};

describe.each(CASES)('%s', (_name, from, to) => {
  const report: DiffReport = {
    version: 1,
    base: { ref: 'a' },
    head: { ref: 'b' },
    environments: diffSides([{ name: 'env', from, to }]),
  };
  it.each(Object.entries(FORMATS))('prints no planted secret as %s', (_format, print) => {
    const text = print(report);
    expect(text).toContain('‹secret #');
    expect(text).not.toMatch(/CANARY|8675309|c0ffee|with blanks/);
    expect(text).not.toContain(encode('CANARY'));
  });
});

describe('tags', () => {
  it('show that a secret changed, and are the same for the same secret wherever it stands', () => {
    const source = {
      password: 'hunter2hunter2',
      copy: { dbPassword: 'hunter2hunter2' },
      other: { password: 'hunter3hunter3' },
    };
    const masked = createMasker([source]).value(source);
    expect(masked.password).toMatch(/^‹secret #[0-9a-f]{4,}›$/);
    expect(masked.copy.dbPassword).toBe(masked.password);
    expect(masked.other.password).not.toBe(masked.password);
  });

  it('are of one length and differ from run to run', () => {
    const source = { password: 'a'.repeat(1000), token: 'b'.repeat(5) };
    const runs = Array.from({ length: 8 }, () => createMasker([source]).value(source));
    expect(new Set(runs.map(({ password }) => password.length))).toEqual(
      new Set(runs.map(({ token }) => token.length)),
    );
    expect(new Set(runs.map(({ password }) => password)).size).toBeGreaterThan(1);
  });

  it('never stand for two secrets', () => {
    const source = { secrets: Array.from({ length: 3000 }, (_, index) => `secret number ${String(index)}`) };
    expect(new Set(createMasker([source]).value(source).secrets).size).toBe(3000);
  });

  it('hide nothing that only refers to a secret, counts or names a variable', () => {
    const source: Json = {
      existingSecret: 'grafana-admin',
      imagePullSecrets: ['ghcr-auth', { name: 'other' }],
      admin: { userKey: 'admin-user', passwordKey: 'admin-password' },
      valueFrom: { secretKeyRef: { name: 'db', key: 'password' } },
      secret: { secretName: 'db', items: [{ key: 'token', path: 'token' }] },
      serviceAccountToken: { path: 'token', audience: 'api', expirationSeconds: 3600 },
      automountServiceAccountToken: false,
      maxTokens: '512',
      env: [{ name: 'PASSWORD', value: '$(DB_PASSWORD)' }],
      rules: [{ resources: ['secrets'], verbs: ['get'] }],
      'scrape.yml': 'bearer_token_file: /var/run/token\npassword:\nusername: me\n',
      empty: { password: '' },
    };
    expect(createMasker([source]).value(source)).toEqual(source);
  });

  it('are found in long texts without a second look at every letter', () => {
    const source = {
      text: `${'x'.repeat(300_000)}\n${' '.repeat(300_000)}\n${'a.b-'.repeat(75_000)}: "${'"'.repeat(100_000)}`,
      password: 'hunter2hunter2',
    };
    expect(createMasker([source]).value(source).text).toBe(source.text);
  });

  it('leave the input as it is', () => {
    const source = { password: 'hunter2hunter2' };
    createMasker([source]).value(source);
    expect(source).toEqual({ password: 'hunter2hunter2' });
  });
});

describe('names of credentials', () => {
  it.each([
    'password',
    'adminPassword',
    'DB_PASSWORD',
    'api-key',
    'apiKey',
    'x.auth_token',
    'GRAFANA_SECRET',
    'clientSecret',
    'dbpassword',
  ])('%s is one', (key) => {
    expect(namesCredential(key)).toBe(true);
  });
  it.each([
    'existingSecret',
    'imagePullSecrets',
    'pullSecret',
    'passwordKey',
    'secretName',
    'tokenFile',
    'key',
    'maxTokens',
    'monkey',
    'path',
  ])('%s is none', (key) => {
    expect(namesCredential(key)).toBe(false);
  });
});
