/** Requests and responses between the platform and a host. Reads no more of a body than the host allows. */

/** Answers a request; a session that begins in it gets this name. */
export async function answer(instance, request, name) {
  const asked = await take(instance, request);
  return asked instanceof Response ? asked : finish(instance, asked, name);
}

/** The request with its body read, or the response if it is refused before that. */
export async function take(instance, request) {
  const { method, url } = request;
  const headers = [...request.headers];
  const admission = await instance.admit(method, url, headers);
  try {
    const refusal = admission.refusal();
    if (refusal) return respond(refusal);
    const body = await read(request.body, admission.maxBodyBytes);
    if (body === null) return respond(admission.tooLarge());
    return { method, url, headers, body };
  } finally {
    admission.free();
  }
}

/** Has the host answer what was taken. */
export async function finish(instance, { method, url, headers, body }, name) {
  return respond(await instance.handle(method, url, headers, body, name));
}

/** A body up to a size, or null if it is larger. */
async function read(stream, max) {
  if (stream === null) return new Uint8Array();
  const parts = [];
  let length = 0;
  for await (const part of stream) {
    length += part.length;
    if (length > max) return null;
    parts.push(part);
  }
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function respond(reply) {
  try {
    const { status, headers } = reply;
    const chunks = reply.chunks();
    const body = chunks ? stream(chunks) : (reply.bytes() ?? null);
    return new Response(body, { status, headers });
  } finally {
    reply.free();
  }
}

/** A body that is produced while it is read; whoever stops reading ends the work behind it. */
function stream(chunks) {
  return new ReadableStream(
    {
      async pull(controller) {
        const chunk = await chunks.next();
        if (chunk) return controller.enqueue(chunk);
        controller.close();
      },
      cancel() {
        chunks.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}
