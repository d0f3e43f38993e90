/**
 * Frames of the spool's files: u32 payload length, u32 CRC-32 over what follows it, f64 time of writing in milliseconds since 1970,
 * payload; all little-endian.
 */
import { crc32 } from 'node:zlib';

export const FRAME_HEADER_BYTES = 16;
const CRC_START = 8;

export function encodeFrame(payload: string, writtenAt: number): Buffer {
  const length = Buffer.byteLength(payload);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.writeUInt32LE(length, 0);
  frame.writeDoubleLE(writtenAt, CRC_START);
  frame.write(payload, FRAME_HEADER_BYTES);
  frame.writeUInt32LE(crc32(frame.subarray(CRC_START)), 4);
  return frame;
}

export type FrameRead =
  | { readonly type: 'frame'; readonly payload: Buffer; readonly writtenAt: number; readonly end: number }
  /** The bytes end before the frame does; it would take `bytes` from its start. */
  | { readonly type: 'cut'; readonly bytes: number }
  /** The sum is wrong; a next frame may begin at `end`. */
  | { readonly type: 'corrupt'; readonly end: number };

/** Reads the frame that begins at `start`, which lies within the bytes. */
export function readFrame(bytes: Buffer, start: number): FrameRead {
  const there = bytes.length - start;
  if (there < FRAME_HEADER_BYTES) return { type: 'cut', bytes: FRAME_HEADER_BYTES };
  const length = FRAME_HEADER_BYTES + bytes.readUInt32LE(start);
  if (there < length) return { type: 'cut', bytes: length };
  const end = start + length;
  if (crc32(bytes.subarray(start + CRC_START, end)) !== bytes.readUInt32LE(start + 4)) return { type: 'corrupt', end };
  const writtenAt = bytes.readDoubleLE(start + CRC_START);
  return { type: 'frame', payload: bytes.subarray(start + FRAME_HEADER_BYTES, end), writtenAt, end };
}

/** Length of the longest run of whole frames from the beginning. */
export function wholeFrames(bytes: Buffer): number {
  let end = 0;
  while (end < bytes.length) {
    const frame = readFrame(bytes, end);
    if (frame.type !== 'frame') break;
    end = frame.end;
  }
  return end;
}
