/** Replaces what identifies a network in every IP address of a text; what is left tells its kind. */
export function maskAddresses(text: string): string {
  return text
    .replace(/\b(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}\b/g, '$1.x.x')
    .replace(
      /(?<![\w:])([0-9a-f]{0,4}):(?:[0-9a-f]{0,4}:){1,6}[0-9a-f]{0,4}(?![\w])/gi,
      (address, first: string) =>
        address.includes('::') || address.split(':').length === 8 ? `${first}:x` : address,
    );
}
