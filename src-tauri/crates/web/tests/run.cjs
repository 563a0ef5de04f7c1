// Runs the tests of a module that `wasm_bindgen_test` has marked: `node run.cjs MODULE.js [PART OF A NAME]`. It is what
// wasm-bindgen's own runner does in Node, without its server for browsers, which takes minutes to compile.
const { resolve } = require('node:path');

const [file, part = ''] = process.argv.slice(2);
const handlers = {};
global.__wbgtest_og_console_log = console.log;
global.__wbgtest_og_console_error = console.error;
for (const method of ['debug', 'log', 'info', 'warn', 'error']) {
  // The context prints what a failed test has printed.
  console[method] = (...args) => handlers[method]?.(args);
}
global.__wbg_test_invoke = (test) => test();

async function main() {
  const wasm = require(resolve(file));
  const all = Object.keys(wasm.__wasm).filter((name) => name.startsWith('__wbgt_'));
  if (all.length === 0) throw new Error(`${file} has no tests`);
  const tests = all.filter((name) => name.includes(part));
  const context = new wasm.WasmBindgenTestContext(false);
  for (const method of ['debug', 'log', 'info', 'warn', 'error']) {
    handlers[method] = wasm[`__wbgtest_console_${method}`];
  }
  context.include_ignored(false);
  context.filtered_count(all.length - tests.length);
  return context.run(tests.map((name) => wasm.__wasm[name]));
}

main().then(
  (ok) => process.exit(ok ? 0 : 1),
  (error) => {
    global.__wbgtest_og_console_error(error);
    process.exit(1);
  },
);
