import { RULES } from './rules.js';

/**
 * What each code of a finding means and what to do about it, for reports that explain their rules. A code is the name of a
 * rule, of a check of the file itself, or of the JSON Schema keyword that failed.
 */
export const CODES: Readonly<Record<string, string>> = {
  'yaml-syntax': 'The file is no YAML. Mend the place named; what follows it may be read wrongly until then.',
  'duplicate-key': 'A key stands twice in one object. Helm would silently take the last; keep one of them.',
  'yaml-alias':
    'An alias (*name) repeats the value of an anchor (&name) above it in the same file. Set the anchor, or write the value.',
  'missing-file': 'A file is missing that has to be there. Put it back, or mend what names it.',
  'json-syntax': 'The file is no JSON. Mend the place named.',
  'wrong-schema': 'A JSON Schema says what none can say, so nothing can be checked by it. Mend the place named.',
  'chart-name': 'Every Chart.yaml says the name of its chart.',
  'extends-cycle': 'Environments extend each other in a circle. Remove one "extends" of it.',
  'unknown-environment': 'There is no environment of this name to extend. Mend the spelling.',
  'template-syntax': 'A template cannot be read, or what it makes is no YAML. Mend the place named.',
  'absent-value':
    'A template takes a value that an environment may leave out. Ask first whether it is there, or let the schema require it.',
  'template-name': 'A template names something that no environment has. Mend the name, or add it to the schema.',
  'ambiguous-scalar':
    'An editor (YAML 1.2) and Helm (YAML 1.1 with Go numbers) read this value differently. Write it so that both read the same: text in quotes, numbers in decimal digits, booleans as true and false.',
  'unsafe-integer':
    'Helm holds every number as a 64-bit float, which has no room for all digits of this one. Write it in quotes, as text.',
  'large-integer':
    'Helm prints integers from a million on in scientific notation unless the template converts them with int64. Mend the template.',
  'dead-value': 'Changing this value changes no manifest. Let a template use it, or remove it.',
  'unread-value': 'No template reads this value. Remove it, or let a template read it.',
  'undeclared-value': 'A template reads a value that no schema declares. Add it to the schema.',
  'unreadable-template': 'The template cannot be read. Mend the place named.',
  'deprecated-key': 'The key will go away. `brolly migrate` moves its value to the key that replaces it.',
  'unknown-key': 'No schema names this key, so nothing would read it. Mend the spelling or remove it.',
  'missing-key': 'A key that has to be there is not.',
  'wrong-type':
    'The value is of another type than the schema says. Text that looks like a number or a boolean needs quotes.',
  'value-not-allowed': 'The value is none of those allowed.',
  pattern: 'The text does not have the form that the schema asks for.',
  minimum: 'The number is too small.',
  maximum: 'The number is too large.',
  exclusiveMinimum: 'The number is too small.',
  exclusiveMaximum: 'The number is too large.',
  multipleOf: 'The number is not a multiple of what the schema says.',
  minLength: 'The text is too short.',
  maxLength: 'The text is too long.',
  minItems: 'The list has too few items.',
  maxItems: 'The list has too many items.',
  uniqueItems: 'An item stands twice in the list.',
  minProperties: 'The object has too few keys.',
  maxProperties: 'The object has too many keys.',
  propertyNames: 'The object has a key that is not allowed there.',
  dependencies: 'A key needs another one beside it.',
  not: 'The value is one of those that are not allowed.',
  oneOf: 'The value has to fit exactly one of several forms.',
  anyOf: 'The value has to fit one of several forms.',
  ...Object.fromEntries(RULES.map(({ name, description }) => [name, description])),
};
