/** GPT-2's spelling of bytes, one character each: printable Latin-1 stands for itself, the rest for U+0100 upwards in byte order. */
export const CHARACTER_OF_BYTE: readonly string[] = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(printable ? byte : next++);
  });
})();

const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(
  CHARACTER_OF_BYTE.map((character, byte) => [character, byte]),
);

/** The bytes of a token. @throws Error when a character spells no byte. */
export function byteLevelBytes(token: string): Uint8Array {
  return Uint8Array.from(token, (character) => {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) throw new Error(`token ${JSON.stringify(token)} is not byte-level`);
    return byte;
  });
}
