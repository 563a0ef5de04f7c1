import { desk } from './desk.mjs';

/** Before all tests; what it answers is called after them. */
export default desk;
