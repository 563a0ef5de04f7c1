import { startVirtualDesktop } from './virtual-desktop.mjs';

/** Runs before all tests; Playwright calls the returned function after them. */
export default startVirtualDesktop;
