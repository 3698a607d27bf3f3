/** Waiting for what comes in parts, or never. */

/** Does some work that is given a promise to race with: it rejects with `error` after so many milliseconds. */
export async function within(ms, error, work) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await work(late);
  } finally {
    clearTimeout(timer);
  }
}

/** A body of at most so many bytes, or null if it is larger; rejects as soon as `late` does. */
export async function whole(stream, max, late = new Promise(() => {})) {
  if (stream === null) return new Uint8Array();
  const reader = stream.getReader();
  const parts = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late]);
      if (done) break;
      parts.push(value);
      length += value.length;
      if (length > max) return null;
    }
  } finally {
    // What was not read is not wanted.
    reader.cancel().catch(() => {});
  }
  if (parts.length === 1) return parts[0];
  const all = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
