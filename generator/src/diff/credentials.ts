/** What a credential looks like: by the name of its key, and by its own form. */

/** A key that ends like this names a credential. The words are lower case, separated by one space. */
const CREDENTIAL =
  /(?:password|passwd|passphrase|secret|token|credential|apikey|accesskey|privatekey|secretkey)s?$|(?:^| )(?:pass|pwd|pw|auth|authorization|salt|dsn|connection string|password hash|(?:api|access|private|secret|signing|encryption|account|license|auth|master|shared) ?keys?)$/;

/** These end like one and are none: names of Secrets that stand elsewhere, counts and switches. */
const NONE = /(?:^| )(?:existing|pull) (?:\w+ )*secrets?$|^(?:max|min|num|total|use|enabled?|automount) /;

/** Below a key that names a credential, these still only say where it is to be found: `secretKeyRef: {name, key}`. */
const REFERENCE =
  /^(?:name|key|path|audience|namespace|kind|apiVersion|property|version|optional|readOnly|defaultMode|mode|type)$|(?:Name|Ref|Key|Path|File|Mode|Seconds)$/;

/** Whether the value under this key is a credential: `adminPassword`, `DB_TOKEN`, `api-key`; not `existingSecret`. */
export function namesCredential(key: string): boolean {
  const words = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replace(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();
  return CREDENTIAL.test(words) && !NONE.test(words);
}

/** Whether a key below one that names a credential only refers to it. */
export function isReference(key: string): boolean {
  return REFERENCE.test(key) && !namesCredential(key);
}

/** `$(NAME)` and `${NAME}` name a variable; what it holds stands elsewhere. */
export function isVariable(text: string): boolean {
  return /^\$(?:\([A-Za-z_]\w*\)|\{[A-Za-z_]\w*\})$/.test(text);
}

/** Credentials that give themselves away wherever they stand. The first group of each, or else the whole match, is the secret. */
const FORMS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g,
  /LS0tLS1CRUdJTi[A-Za-z0-9+/=_-]+/g, // base64 of "-----BEGIN"
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, // JSON Web Token: base64 of '{"'
  /\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abprs]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16})\b/g,
  /:\/\/[^\s/:@"'`]*:([^\s/@"'`]+)@/g, // user:password@host
  /\bBearer\s+([A-Za-z0-9._~+/=-]{16,})/gi,
];

/** `--password=x`, `"token": "x"`, `apiKey=x` inside a line. A name is tried from its first letter only, which keeps it linear. */
const INLINE =
  /(["']?)(?<![A-Za-z0-9_.])([A-Za-z][\w.-]*)\1(\s*[:=]\s*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,;&"'}\])]+)/g;
/** A whole line `key: value`, as in YAML, INI and .env files: the value may have spaces. */
const LINE = /^(\s*(?:-\s+)?(?:export\s+)?(["']?)([A-Za-z][\w.-]*)\2\s*[:=]\s*)(\S.*)$/;

/** Replaces every credential in a text by what `mask` makes of it. */
export function maskText(text: string, mask: (secret: string) => string): string {
  const formed = FORMS.reduce(
    (masked, form) =>
      masked.replace(form, (match: string, group: unknown) =>
        typeof group === 'string' ? match.replace(group, () => mask(group)) : mask(match),
      ),
    text,
  );
  let block: number | undefined; // indentation of a credential's key whose value is a YAML block below it
  const lines = formed.split('\n').map((line) => {
    const indent = line.search(/\S/);
    if (block !== undefined && (indent > block || indent === -1))
      return indent === -1 ? line : line.slice(0, indent) + mask(line.trim());
    block = undefined;
    const [, head, , key, rest] = LINE.exec(line) ?? [];
    if (head === undefined || key === undefined || rest === undefined || !namesCredential(key)) {
      return line.replace(INLINE, (match: string, quote: string, name: string, between: string, secret: string) =>
        namesCredential(name) ? quote + name + quote + between + maskQuoted(secret, mask) : match,
      );
    }
    const trimmed = rest.trimEnd();
    if (/^[|>][-+0-9]*$/.test(trimmed)) {
      block = indent;
      return line;
    }
    const comma = trimmed.endsWith(',') ? ',' : '';
    return head + maskQuoted(comma === '' ? trimmed : trimmed.slice(0, -1), mask) + comma;
  });
  return lines.join('\n');
}

/** Keeps quotes where they are, so that a JSON document stays one. */
function maskQuoted(text: string, mask: (secret: string) => string): string {
  const quote = /^(["']).*\1$/.exec(text)?.[1] ?? '';
  const inner = quote === '' ? text : text.slice(1, -1);
  const open =
    inner === '' || inner.startsWith('‹') || /^(?:[{[]$|true$|false$|null$)/.test(inner) || isVariable(inner);
  return open ? text : quote + mask(inner) + quote;
}
