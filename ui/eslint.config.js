import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

/** Which layers may not import which: views know neither WebRTC nor Tauri, the WebRTC layer neither Svelte nor Tauri. */
const never = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default ts.config(
  { ignores: ['dist/', 'dist-guest/', 'src/backend/guest/wasm/', 'src/backend/generated.ts'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    files: ['src/rtc/**'],
    rules: never('svelte', 'svelte/*', '@tauri-apps/*', '**/backend/**', '**/call/**'),
  },
  {
    files: ['src/components/**'],
    rules: never('@tauri-apps/*', '**/rtc/**', '**/backend/**', '**/call/**', '**/features/**'),
  },
  { files: ['src/features/**'], rules: never('@tauri-apps/*', '**/rtc/**') },
  {
    files: ['src/layout/**'],
    rules: never(
      'svelte',
      'svelte/*',
      '@tauri-apps/*',
      '**/rtc/**',
      '**/backend/**',
      '**/call/**',
      '**/features/**',
    ),
  },
  { files: ['src/call/**'], rules: never('@tauri-apps/*') },
);
