/** String values of JSON that may be cut short or malformed, such as the arguments of a tool call while it is generated. */

export interface StringLeaf {
  /** Keys and array positions from the root. */
  readonly path: readonly (string | number)[];
  /** Decoded. */
  readonly value: string;
  /** False when the text ended inside the string. */
  readonly complete: boolean;
}

interface Container {
  /** Current key of an object, or position in an array. */
  key: string | number;
  readonly kind: 'object' | 'array';
  /** In an object: whether the next string is a key or a value. */
  expects: 'key' | 'value';
}

/**
 * Every string value in the order of the text, also both of a key that stands twice (parsers differ on which one counts). What is not
 * JSON is passed over, so this never throws. Linear in the length of `json`, and not recursive: depth costs no stack.
 */
export function stringLeaves(json: string): StringLeaf[] {
  const leaves: StringLeaf[] = [];
  const stack: Container[] = [];
  let at = 0;
  while (at < json.length) {
    const character = json[at];
    const top = stack.at(-1);
    if (character === '"') {
      const { value, complete, end } = readString(json, at + 1);
      at = end;
      if (top?.kind === 'object' && top.expects === 'key') top.key = value;
      else leaves.push({ path: stack.map((container) => container.key), value, complete });
      continue;
    }
    at += 1;
    if (character === '{') stack.push({ kind: 'object', key: '', expects: 'key' });
    else if (character === '[') stack.push({ kind: 'array', key: 0, expects: 'value' });
    else if (character === '}' || character === ']') stack.pop();
    else if (character === ':' && top !== undefined) top.expects = 'value';
    else if (character === ',' && top !== undefined) {
      if (typeof top.key === 'number') top.key += 1;
      else top.expects = 'key';
    }
  }
  return leaves;
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** Reads from behind the opening quote. An escape that is cut short is dropped. */
function readString(json: string, start: number): { value: string; complete: boolean; end: number } {
  const parts: string[] = [];
  let from = start;
  let at = start;
  while (at < json.length) {
    const character = json[at];
    if (character === '"') {
      parts.push(json.slice(from, at));
      return { value: parts.join(''), complete: true, end: at + 1 };
    }
    if (character !== '\\') {
      at += 1;
      continue;
    }
    parts.push(json.slice(from, at));
    const escape = json[at + 1];
    if (escape === undefined) return { value: parts.join(''), complete: false, end: json.length };
    if (escape === 'u') {
      const digits = json.slice(at + 2, at + 6);
      if (/^[0-9a-fA-F]{4}$/.test(digits)) {
        parts.push(String.fromCharCode(Number.parseInt(digits, 16)));
        at += 6;
      } else {
        // Cut short, or malformed: the rest of the string is read as it stands.
        at += at + 6 > json.length && /^[0-9a-fA-F]*$/.test(digits) ? 6 : 2;
      }
    } else {
      parts.push(ESCAPES[escape] ?? escape);
      at += 2;
    }
    from = at;
  }
  parts.push(json.slice(from));
  return { value: parts.join(''), complete: false, end: json.length };
}

/** Whether a text is one whole JSON value: arguments of a tool call are not when the model was cut short. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
