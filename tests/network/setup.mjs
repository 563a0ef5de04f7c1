import desk from '../e2e/parlour/setup.mjs';
import { forget, table } from './figures.mjs';

/** Before all tests; what it answers is called after them. */
export default async function setup() {
  forget();
  const leave = await desk();
  return () => {
    console.log(`\n${table()}`);
    leave();
  };
}
