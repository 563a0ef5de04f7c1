import { startVirtualDesktop } from '../e2e/harness/virtual-desktop.mjs';
import { clearResults, formatTable } from './results-table.mjs';

/** Runs before all tests; Playwright calls the returned function after them. */
export default async function setUp() {
  clearResults();
  const stopDesktop = await startVirtualDesktop();
  return () => {
    console.log(`\n${formatTable()}`);
    stopDesktop();
  };
}
