import { findAmbiguities } from './ambiguity.js';
import { findDeprecated, type Deprecated } from './deprecated.js';
import type { Finding } from './errors.js';
import type { InputSchemas } from './input.js';
import type { EnvironmentSources } from './load.js';
import { formatPath, isObject, type Path, type Schema } from './model.js';
import type { Source } from './yaml.js';

/** What is to be said of each file by itself, whether or not a higher layer overrides it. */
export function inspectSources(
  schemas: InputSchemas,
  values: Schema,
  { layers, images }: EnvironmentSources,
): Finding[] {
  const inspect = (source: Source, keys: readonly Deprecated[]): Finding[] => [
    ...findAmbiguities(source),
    ...keys.map((key) => toFinding(key, source)),
  ];
  return [
    ...layers.flatMap((source) => inspect(source, deprecatedIn(source, schemas.environment, values))),
    ...(images && schemas.images ? inspect(images, deprecatedIn(images, schemas.images)) : []),
  ];
}

/** Every deprecated key of a file of input; `values` is the schema of what stands under its key `values`. */
export function deprecatedIn({ value }: Pick<Source, 'value'>, schema: Schema, values?: Schema): Deprecated[] {
  const own = findDeprecated(schema, value);
  if (values === undefined || !isObject(value)) return own;
  const below = (path: Path): Path => ['values', ...path];
  const overrides = findDeprecated(values, value.values ?? null);
  return [
    ...own,
    ...overrides.map(({ at, replacedBy, ...rest }) => ({
      ...rest,
      at: below(at),
      ...(replacedBy && { replacedBy: below(replacedBy) }),
    })),
  ];
}

function toFinding({ at, replacedBy, description }: Deprecated, source: Source): Finding {
  const instead = replacedBy && `\`brolly migrate\` moves its value to "${formatPath(replacedBy)}"`;
  const hint = [instead, description].filter((part) => part !== undefined).join('. ');
  return {
    severity: 'warning',
    code: 'deprecated-key',
    message: `"${formatPath(at)}" will go away${replacedBy ? `: "${formatPath(replacedBy)}" replaces it` : ''}`,
    ...(hint !== '' && { hint }),
    file: source.file,
    ...source.position(at, 'key'),
    path: formatPath(at),
  };
}
