import desk from '../e2e/harness/global-setup.mjs';
import { forget, table } from './results-table.mjs';

/** Before all tests; what it answers is called after them. */
export default async function setup() {
  forget();
  const leave = await desk();
  return () => {
    console.log(`\n${table()}`);
    leave();
  };
}
