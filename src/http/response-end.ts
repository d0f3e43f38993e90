/** How a response ended, and that it does. */
import type { ServerResponse } from 'node:http';

/** `cut`: the connection closed before all of the response was handed to the network. */
type ResponseEnd = 'finished' | 'cut';

/** How long a client may take nothing of what there is to send, before its connection is cut. */
export const STALLED_MS = 60_000;

/** Calls back once, when the response is over in either way. */
export function onResponseEnd(response: ServerResponse, handle: (end: ResponseEnd) => void): void {
  const { socket } = response.req;
  let end: ResponseEnd = 'cut';
  let isOver = false;
  const settle = () => {
    if (isOver) return;
    isOver = true;
    socket.off('close', settle);
    handle(end);
  };
  response.once('finish', () => {
    end = 'finished';
  });
  response.once('close', settle);
  // Requests may be sent without waiting for answers. A response whose turn has not come hears nothing of the connection's end.
  socket.setMaxListeners(0);
  socket.once('close', settle);
}

/** Cuts the connection when the client takes nothing of the rest of the response for that long. */
export function cutWhenStalled(response: ServerResponse, stalledMs: number): void {
  response.setTimeout(stalledMs, () => response.destroy());
}
