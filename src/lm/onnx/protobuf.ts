/** Writes protobuf messages: https://protobuf.dev/programming-guides/encoding. Large byte fields are referenced, and copied once. */

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

export class ProtobufWriter {
  private readonly parts: Uint8Array[] = [];
  private size = 0;

  /** A whole number; a negative one takes ten bytes, as int64 does. */
  int(field: number, value: number): this {
    return this.tag(field, VARINT).varint(value);
  }

  float(field: number, value: number): this {
    return this.tag(field, FIXED_32).append(new Uint8Array(Float32Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.tag(field, LENGTH_DELIMITED).varint(value.length).append(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, Buffer.from(value));
  }

  message(field: number, value: ProtobufWriter): this {
    this.tag(field, LENGTH_DELIMITED).varint(value.size);
    for (const part of value.parts) this.append(part);
    return this;
  }

  get length(): number {
    return this.size;
  }

  finish(): Uint8Array {
    return Buffer.concat(this.parts, this.size);
  }

  private tag(field: number, wireType: number): this {
    return this.varint(field * 8 + wireType);
  }

  private varint(value: number): this {
    const encoded: number[] = [];
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) encoded.push(Number(rest & 127n) | 128);
    encoded.push(Number(rest));
    return this.append(Uint8Array.from(encoded));
  }

  private append(part: Uint8Array): this {
    this.parts.push(part);
    this.size += part.length;
    return this;
  }
}
