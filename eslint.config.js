import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom. Data flows down once: cli → setup → rooms → platform.
 * Each row names a folder of src/ and the folders of ours that it may import; the rest is refused.
 */
const rooms = {
  cli: ['setup', 'manager', 'convert', 'exporters', 'tunnel', 'changes', 'platform', 'demo'],
  setup: ['manager', 'convert', 'exporters', 'tunnel', 'changes', 'platform'],
  manager: ['platform'],
  convert: [],
  exporters: ['convert', 'changes'],
  tunnel: ['platform'],
  changes: ['platform'],
  platform: [],
  demo: [],
};

/** convert is usable on its own, and the demo must not share code with what it judges. */
const islands = ['convert', 'demo'];

const importRules = Object.entries(rooms).map(([room, allowed]) => {
  const closed = Object.keys(rooms).filter((other) => other !== room && !allowed.includes(other));
  const groups = closed.map((other) => `/${other}/`);
  if (islands.includes(room)) groups.push('\\.\\./errors\\.js$');
  return {
    files: [`src/${room}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: groups.map((regex) => ({
            regex: regex.startsWith('/') ? `^\\.\\..*${regex}` : regex,
            message: `src/${room} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
          })),
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'fixtures'] },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      // Options replace those of the preset, so that each has to be named.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        {
          allowNumber: true,
          allowAny: false,
          allowBoolean: false,
          allowNever: false,
          allowNullish: false,
          allowRegExp: false,
        },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-console': 'error',
    },
  },
  ...importRules,
  {
    files: ['**/*.js', '**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly' } },
  },
  prettier,
);
