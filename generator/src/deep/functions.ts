import { ANY, either, fieldOf, OTHER, type Shape } from './shape.js';

/** A function's call in a template, its arguments already worked out. */
export interface Call {
  readonly args: readonly Shape[];
  /** The same arguments where they are text that stands in the template. */
  readonly texts: readonly (string | undefined)[];
  /** Notes that the values in a shape are used, with everything below them. */
  readonly use: (shape: Shape) => void;
  /** Notes that only the shape itself is looked at: whether it is there, empty, of a kind. */
  readonly test: (shape: Shape) => void;
  /** Renders a named template; the name is undefined where it is computed. */
  readonly include: (name: string | undefined, context: Shape) => void;
  /** Notes that the template gives a key of the values itself. */
  readonly give: (shape: Shape, key: string) => void;
  /** Notes that the result is not the same at every rendering, or depends on the cluster. */
  readonly unsteady: () => void;
}

type Rule = (call: Call) => Shape;

const nth = ({ args }: Call, index: number): Shape => args.at(index) ?? OTHER;
/** The key that an argument names; one that is computed uses what it is computed from. */
function key({ args, texts, use }: Call, index: number): string {
  const text = texts.at(index);
  if (text === undefined) use(args.at(index) ?? OTHER);
  return text ?? ANY;
}

const same: Rule = (call) => nth(call, -1);
const merged: Rule = ({ args }) => either(args);
const item: Rule = (call) => fieldOf(nth(call, -1), ANY);
const listed: Rule = ({ args }) => ({ of: 'list', item: either(args) });

const tested: Rule = (call) => {
  call.args.forEach(call.test);
  return OTHER;
};

/** Gives one of its arguments, by what they are. */
const chosen: Rule = (call) => {
  call.args.forEach(call.test);
  return either(call.args);
};

const UNSTEADY = [
  ...['lookup', 'now', 'uuidv4', 'bcrypt', 'htpasswd', 'genPrivateKey', 'genCA', 'genCAWithKey'],
  ...['genSelfSignedCert', 'genSelfSignedCertWithKey', 'genSignedCert', 'genSignedCertWithKey'],
  ...['randAlphaNum', 'randAlpha', 'randNumeric', 'randAscii', 'randBytes', 'randInt', 'shuffle'],
] as const;

const RULES: Readonly<Record<string, Rule>> = {
  ...named(['deepCopy', 'mustDeepCopy', 'uniq', 'compact', 'reverse', 'sortAlpha', 'fromYaml', 'fromJson'], same),
  ...named(['merge', 'mustMerge', 'mergeOverwrite', 'mustMergeOverwrite', 'concat'], merged),
  ...named(['first', 'last', 'mustFirst', 'mustLast'], item),
  ...named(['list', 'tuple'], listed),
  ...named(['not', 'empty', 'kindIs', 'typeIs', 'kindOf', 'typeOf'], tested),
  ...named(['default', 'coalesce', 'ternary', 'and', 'or'], chosen),
  ...named(['append', 'prepend', 'mustAppend', 'mustPrepend'], ({ args: [list = OTHER, added = OTHER] }) => ({
    of: 'list',
    item: either([fieldOf(list, ANY), added]),
  })),
  required: (call) => {
    call.test(nth(call, -1));
    return nth(call, -1);
  },
  values: ({ args }) => ({ of: 'list', item: either(args.map((each) => fieldOf(each, ANY))) }),
  index: (call) => call.args.slice(1).reduce((shape, _, at) => fieldOf(shape, key(call, at + 1)), nth(call, 0)),
  get: (call) => fieldOf(nth(call, 0), key(call, 1)),
  dig: (call) => {
    const found = call.args.slice(0, -2).reduce((shape, _, at) => fieldOf(shape, key(call, at)), nth(call, -1));
    return either([found, nth(call, -2)]);
  },
  hasKey: (call) => {
    call.test(fieldOf(nth(call, 0), key(call, 1)));
    return OTHER;
  },
  // sprig takes the dictionary or list last in most functions, and first in these
  ...named(['omit', 'without', 'slice', 'unset'], (call) => nth(call, 0)),
  pick: (call) => ({
    of: 'map',
    entries: new Map(call.texts.slice(1).map((name = ANY) => [name, fieldOf(nth(call, 0), name)])),
  }),
  set: (call) => {
    const [target = OTHER, , value = OTHER] = call.args;
    call.give(target, key(call, 1));
    call.use(value); // the map that holds it from now on is not followed
    return target;
  },
  dict: ({ args, texts }) => ({
    of: 'map',
    entries: new Map(
      args.flatMap((value, at): [string, Shape][] => (at % 2 === 1 ? [[texts[at - 1] ?? ANY, value]] : [])),
    ),
  }),
  include: (call) => {
    call.include(call.texts[0], nth(call, 1));
    return OTHER;
  },
  tpl: (call) => {
    call.use(nth(call, 0)); // what that text reads in turn, only the probe sees
    return OTHER;
  },
  ...named([...UNSTEADY], (call) => {
    call.args.forEach(call.use);
    call.unsteady();
    return OTHER;
  }),
};

function named(names: readonly string[], rule: Rule): Record<string, Rule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}

/** What a function gives, and what it reads. One that is not known uses all of its arguments. */
export function callFunction(name: string, call: Call): Shape {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (rule !== undefined) return rule(call);
  call.args.forEach(call.use);
  return OTHER;
}
