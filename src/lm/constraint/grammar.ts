/**
 * Grammars over bytes: context-free, with counted repetition. Built once from a schema, then read by an Automaton; nodes are shared and
 * compared by identity.
 */

export type Grammar =
  | { readonly type: 'byte'; readonly allows: ByteSet }
  | { readonly type: 'sequence'; readonly parts: readonly Grammar[] }
  /** Without options: nothing matches, not even the empty text. */
  | { readonly type: 'choice'; readonly options: readonly Grammar[] }
  /** `part` never matches the empty text. `most` may be Infinity. */
  | { readonly type: 'repeat'; readonly part: Grammar; readonly least: number; readonly most: number }
  | Rule;

/** A name for a grammar that may hold itself. */
export interface Rule {
  readonly type: 'rule';
  body: Grammar;
}

/** One flag per byte. */
export type ByteSet = Uint8Array;

export const NOTHING: Grammar = { type: 'choice', options: [] };
export const EMPTY: Grammar = { type: 'sequence', parts: [] };

const SINGLE_BYTES: readonly Grammar[] = Array.from({ length: 256 }, (_, byte) => bytes([byte, byte]));

/** One byte out of inclusive ranges. */
export function bytes(...ranges: readonly (readonly [number, number])[]): Grammar {
  const allows = new Uint8Array(256);
  for (const [first, last] of ranges) allows.fill(1, first, last + 1);
  return { type: 'byte', allows };
}

/** One ASCII character of a text. */
export function oneOf(characters: string): Grammar {
  return bytes(...Array.from(characters, (character) => [character.charCodeAt(0), character.charCodeAt(0)] as const));
}

/** Exactly this text. */
export function literal(text: string): Grammar {
  return { type: 'sequence', parts: Array.from(Buffer.from(text), (byte) => SINGLE_BYTES[byte] ?? NOTHING) };
}

export function sequence(...parts: readonly Grammar[]): Grammar {
  return { type: 'sequence', parts };
}

export function choice(...options: readonly Grammar[]): Grammar {
  return options.length === 1 && options[0] !== undefined ? options[0] : { type: 'choice', options };
}

export function optional(part: Grammar): Grammar {
  return choice(part, EMPTY);
}

export function repeat(part: Grammar, least: number, most: number): Grammar {
  if (least > most) return NOTHING;
  return most === 0 ? EMPTY : { type: 'repeat', part, least, most };
}

/** To be given its body once what the body refers to exists. */
export function openRule(): Rule {
  return { type: 'rule', body: NOTHING };
}

/** The nodes that match some finite text. What leads elsewhere must never be entered: it could not be left. */
export function finiteNodes(root: Grammar): ReadonlySet<Grammar> {
  const nodes = innerFirst(root);
  const finite = new Set<Grammar>();
  const isFinite = (node: Grammar): boolean => {
    switch (node.type) {
      case 'byte':
        return true;
      case 'sequence':
        return node.parts.every((part) => finite.has(part));
      case 'choice':
        return node.options.some((option) => finite.has(option));
      case 'repeat':
        return node.least === 0 || finite.has(node.part);
      case 'rule':
        return finite.has(node.body);
    }
  };
  for (let known = -1; known < finite.size; ) {
    known = finite.size;
    for (const node of nodes) if (!finite.has(node) && isFinite(node)) finite.add(node);
  }
  return finite;
}

/** Every node once, those inside a node before it where no recursion forbids it. */
function innerFirst(root: Grammar): Grammar[] {
  const seen = new Set([root]);
  const order: Grammar[] = [];
  const open = [{ node: root, inner: innerNodes(root), next: 0 }];
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const node = top.inner[top.next];
    top.next += 1;
    if (node === undefined) {
      order.push(top.node);
      open.pop();
    } else if (!seen.has(node)) {
      seen.add(node);
      open.push({ node, inner: innerNodes(node), next: 0 });
    }
  }
  return order;
}

function innerNodes(node: Grammar): readonly Grammar[] {
  switch (node.type) {
    case 'byte':
      return [];
    case 'sequence':
      return node.parts;
    case 'choice':
      return node.options;
    case 'repeat':
      return [node.part];
    case 'rule':
      return [node.body];
  }
}
