import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Each library has one home; everything else asks that module. */
const HOMES = {
  yaml: 'generator/src/yaml.ts',
  handlebars: 'generator/src/render.ts',
  'json-schema-to-typescript': 'generator/src/types.ts',
  commander: 'generator/src/cli.ts',
  diff: 'generator/src/text-diff.ts',
  fflate: 'generator/src/tools.ts',
};

/** The rim: the only modules that touch the disk or other processes. */
const RIM = [
  'generator/src/cli.ts',
  'generator/src/files.ts',
  'generator/src/process.ts',
  'generator/src/tools.ts',
  'generator/src/git.ts',
  'generator/src/cluster/**',
  'generator/src/embedded/**',
];

const LEAVES = [
  ...['core-scalar', 'syntax-error', 'ambiguity', 'problem', 'deprecated', 'quantity', 'completion'],
  ...['errors', 'model', 'go-scalar', 'suggest', 'context', 'terminal', 'process', 'files'],
  ...['print-yaml', 'schema', 'json-schema', 'memo', 'layers', 'trace', 'template-paths'],
];
const STAGES = ['load', 'render', 'validate', 'rules', 'write'];

/** What a group of files may not import, by the design's arrows: commands → pipeline → stages → model, yaml, errors. */
const ARROWS = [
  {
    files: LEAVES,
    never: [
      'pipeline',
      'shared',
      'helm',
      'report',
      ...STAGES,
      'commands/*',
      'diff/*',
      'deep/*',
      'cluster/*',
      'embedded/*',
      'cli',
    ],
  },
  { files: ['load'], never: ['pipeline', 'render', 'validate', 'rules', 'write', 'commands/*', 'cli'] },
  { files: ['render'], never: ['pipeline', 'load', 'validate', 'rules', 'write', 'files', 'commands/*', 'cli'] },
  {
    files: ['validate', 'rules', 'rules/*', 'codes'],
    never: ['pipeline', 'load', 'render', 'write', 'files', 'commands/*', 'cli'],
  },
  { files: ['write'], never: ['pipeline', 'load', 'render', 'validate', 'rules', 'commands/*', 'cli'] },
  {
    files: ['pipeline', 'shared', 'helm', 'diff/*', 'deep/*', 'cluster/*', 'embedded/*'],
    never: ['commands/*', 'cli'],
  },
  { files: ['report', 'report/*', 'inspect', 'breaches'], never: ['pipeline', 'plan', 'helm', 'commands/*', 'cli'] },
  { files: ['commands/*'], never: ['cli'] },
];

const patternsFor = (names) => names.map((name) => ({ regex: `(^|/)${name.replace('*', '[^/]+')}\\.js$` }));
const libraries = (home) =>
  Object.entries(HOMES)
    .filter(([, file]) => file !== home)
    .map(([name, file]) => ({ name, message: `only ${file} uses it` }));
const io = ['node:fs', 'node:fs/promises', 'node:child_process'].map((name) => ({
  name,
  message: 'only the rim touches disk and processes',
}));

export default tseslint.config(
  { ignores: ['**/dist/', '**/node_modules/', '**/generated/', '**/.venv/', '.brolly/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['vitest.config.ts', 'services/*/vitest.config.ts'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  {
    // Nest classes exist for their decorators
    files: ['services/**/*.ts'],
    rules: { '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }] },
  },
  {
    files: ['services/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '(^|/)(generator|charts)/', message: 'a service knows neither chart nor generator' }] },
      ],
    },
  },
  {
    files: ['generator/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-imports': ['error', { paths: [...libraries(), ...io] }] },
  },
  ...ARROWS.map(({ files, never }) => ({
    files: files.map((name) => `generator/src/${name}.ts`),
    ignores: ['**/*.test.ts', ...Object.values(HOMES), ...RIM],
    rules: { 'no-restricted-imports': ['error', { paths: [...libraries(), ...io], patterns: patternsFor(never) }] },
  })),
  ...[...new Set([...Object.values(HOMES), ...RIM])].map((file) => {
    const arrow = ARROWS.find(({ files }) =>
      files.some((name) => file === `generator/src/${name}.ts` || file === `generator/src/${name}*`),
    );
    return {
      files: [file],
      ignores: ['**/*.test.ts'],
      rules: {
        'no-restricted-imports': [
          'error',
          { paths: [...libraries(file), ...(RIM.includes(file) ? [] : io)], patterns: patternsFor(arrow?.never ?? []) },
        ],
      },
    };
  }),
  {
    files: ['**/*.test.ts', 'e2e/**/*.ts', 'charts/test/**/*.ts', 'services/*/test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        performance: 'readonly',
        setImmediate: 'readonly',
        AbortController: 'readonly',
        Buffer: 'readonly',
      },
    },
  },
  prettier,
);
