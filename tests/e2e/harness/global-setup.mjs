import { desk } from './virtual-desktop.mjs';

/** Before all tests; what it answers is called after them. */
export default desk;
