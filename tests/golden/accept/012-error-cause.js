// expect: {"message":"loading failed","cause":"bad payload","kind":"TypeError"}
async function load() {
  throw new TypeError("bad payload");
}
try {
  try {
    await load();
  } catch (cause) {
    throw new Error("loading failed", { cause });
  }
} catch (error) {
  return { message: error.message, cause: error.cause.message, kind: error.cause.name };
}
