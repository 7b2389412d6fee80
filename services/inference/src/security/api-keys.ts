import { createHash, timingSafeEqual } from 'node:crypto';
import { ConfigError, readJson } from '../config.js';
import { compile, formatProblems } from '../schema.js';
import { SCOPES, type Scope } from './scopes.js';

interface ApiKey {
  /** Who holds it; a client's name in its rate limit. */
  name: string;
  /** SHA-256 of the key, in hexadecimal. A key is random, so that a plain hash cannot be guessed back. */
  sha256: string;
  scopes: Scope[];
}

const checkFile = compile<{ keys: ApiKey[] }>({
  type: 'object',
  additionalProperties: false,
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['name', 'sha256', 'scopes'],
        properties: {
          name: { type: 'string', minLength: 1, maxLength: 100 },
          sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
          scopes: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', enum: SCOPES } },
        },
      },
    },
  },
});

/** The keys that clients may show. */
export class ApiKeys {
  private readonly keys: { name: string; hash: Buffer; scopes: ReadonlySet<Scope> }[];

  constructor(keys: readonly ApiKey[]) {
    this.keys = keys.map(({ name, sha256, scopes }) => ({
      name,
      hash: Buffer.from(sha256, 'hex'),
      scopes: new Set(scopes),
    }));
  }

  /**
   * Reads the file of `config.auth.keysFile`, once: to change the keys, restart the pods; two keys may overlap meanwhile.
   * @throws ConfigError with every problem of the file
   */
  static load(path: string): ApiKeys {
    if (path === '') return new ApiKeys([]);
    const checked = checkFile(readJson(path));
    if ('value' in checked) return new ApiKeys(checked.value.keys);
    throw new ConfigError(`${path} is not a valid file of API keys:\n${formatProblems(checked.problems)}`);
  }

  /** Whose key it is; undefined when it is none of ours. */
  holder(key: string | undefined): string | undefined {
    return this.find(key)?.name;
  }

  /**
   * Whether `key` is good for `scope`. Where no keys are configured predictions and metrics are open to all, and
   * administration to none.
   */
  check(key: string | undefined, scope: Scope): 'ok' | 'unauthenticated' | 'forbidden' {
    if (this.keys.length === 0) return scope === 'admin' ? 'forbidden' : 'ok';
    const found = this.find(key);
    if (!found) return 'unauthenticated';
    return found.scopes.has(scope) ? 'ok' : 'forbidden';
  }

  /** Compares with every key and in constant time, so that the time of an answer tells nothing about a key. */
  private find(key: string | undefined) {
    if (key === undefined) return undefined;
    const hash = createHash('sha256').update(key).digest();
    let found;
    for (const candidate of this.keys) if (timingSafeEqual(candidate.hash, hash)) found = candidate;
    return found;
  }
}

/** The key in an `Authorization` header or gRPC metadata entry: `Bearer <key>`. */
export function bearerKey(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^Bearer +(\S+)$/i.exec(authorization)?.[1];
}
