/** Requests of a coding agent: its earlier turns are sent again each time, and a new message is last. */

export type Mode = 'whole' | 'stream';

/** Kilobytes (1000 bytes) of a body. */
export const SIZES = [1, 50, 1000] as const;

const SYSTEM = 'You are a coding assistant. Use the tools that you are given, and answer shortly.';
const FILE = `export function settle(orders: readonly Order[], rates: ReadonlyMap<string, number>): Settlement[] {
  const settled: Settlement[] = [];
  for (const order of orders) {
    const rate = rates.get(order.currency);
    if (rate === undefined) throw new Error(\`no rate for \${order.currency}\`);
    settled.push({ id: order.id, amount: order.amount * rate, at: new Date(order.placedAt).toISOString() });
  }
  return settled.sort((left, right) => left.at.localeCompare(right.at));
}
`;

const histories = new Map<number, string>();

/** As JSON without the closing bracket; the same for all requests of a size, as an agent's history is. */
function history(size: number): string {
  const known = histories.get(size);
  if (known !== undefined) return known;
  const messages: object[] = [{ role: 'system', content: SYSTEM }];
  let bytes = 400;
  for (let at = 0; bytes < size * 1000; at += 1) {
    const least = Math.min(4000, size * 1000 - bytes);
    const code = FILE.replaceAll('settle', `settle${at}`).repeat(8).slice(0, least);
    const role = at % 2 === 0 ? 'user' : 'assistant';
    messages.push({
      role,
      content: role === 'user' ? `This is file ${at}:\n${code}` : `I have read file ${at}.\n${code}`,
    });
    bytes += code.length + 60;
  }
  const text = JSON.stringify(messages).slice(0, -1);
  histories.set(size, text);
  return text;
}

interface BodyOptions {
  readonly model: string;
  readonly mode: Mode;
  readonly size: number;
  /** Makes the last message a new one. */
  readonly turn: number;
}

export function bodyOf({ model, mode, size, turn }: BodyOptions): string {
  const last = JSON.stringify({ role: 'user', content: `What does file ${turn} say of the sea?` });
  return `{"model":"${model}","stream":${mode === 'stream'},"messages":${history(size)},${last}]}`;
}
