import type { z } from 'zod';

/**
 * A reply of JSON lines, each sent when it comes about.
 *
 * @param onGone the client went away: the generator should come to its end.
 */
export function lineResponse(lines: AsyncGenerator<unknown, void>, schema: z.ZodType, onGone: () => void): Response {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await lines.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(schema.parse(value))}\n`));
    },
    /** Resolves when the work has stopped, so that whoever cancels may then close what the work used. */
    async cancel() {
      onGone();
      await lines.return();
    },
  });
  return new Response(body, {
    // `X-Accel-Buffering`: nginx would hold the lines back until it has 4 KiB of them.
    headers: { 'Content-Type': 'application/jsonl', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' },
  });
}
