/** Requests and responses between the platform and a host. Reads no more of a body than the host allows, and not for ever. */

import { whole, within } from "./waiting.js";

/** Milliseconds that a body may take to arrive. */
const BODY_MS = 30_000;

/** Answers a request; a session that begins in it gets this name. */
export async function answer(instance, request, name) {
  const asked = await take(instance, request);
  return asked instanceof Response ? asked : finish(instance, asked, name);
}

/** The request with its body read, or the response if it is refused for its head or its body. */
export async function take(instance, request) {
  const { method, url } = request;
  const headers = [...request.headers];
  const admission = await instance.admit(method, url, headers);
  try {
    const refusal = admission.refusal();
    if (refusal) return respond(refusal);
    const body = await within(BODY_MS, LATE, (late) => whole(request.body, admission.maxBodyBytes, late));
    if (body === null) return respond(admission.tooLarge());
    return { method, url, headers, body };
  } catch (error) {
    if (error !== LATE) throw error;
    return new Response("the request's body took too long to arrive\n", { status: 408, headers: { "content-type": "text/plain" } });
  } finally {
    admission.free();
  }
}

/** Has the host answer what was taken. `hold` is told of work that goes on when nobody waits for it any more. */
export async function finish(instance, { method, url, headers, body }, name, hold = () => {}) {
  const answered = instance.handle(method, url, headers, body, name);
  hold(answered.catch(() => {}));
  return respond(await answered, hold);
}

const LATE = new Error("the body took too long");

function respond(reply, hold) {
  try {
    const { status, headers } = reply;
    const chunks = reply.chunks();
    const body = chunks ? stream(chunks, hold) : (reply.bytes() ?? null);
    return new Response(body, { status, headers });
  } finally {
    reply.free();
  }
}

/** A body that is produced while it is read; whoever stops reading ends the work behind it. */
function stream(chunks, hold = () => {}) {
  let end;
  hold(new Promise((resolve) => (end = resolve)));
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const chunk = await chunks.next();
          if (chunk) return controller.enqueue(chunk);
        } catch (error) {
          end();
          throw error;
        }
        controller.close();
        end();
      },
      cancel() {
        chunks.cancel();
        end();
      },
    },
    { highWaterMark: 0 },
  );
}
