/** The `host[:port]` of an address as a person may have typed it: also `https://host/` or `ws+host`. */
export const shownAddress = (address: string): string =>
  address.trim().replace(/^[a-z]+(:\/\/|\+)|\/$/gi, '');
