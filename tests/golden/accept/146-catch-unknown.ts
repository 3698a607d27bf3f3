// expect: ["409 conflict","plain","text"]
class ApiError extends Error {
  constructor(message: string, readonly status: number) {
    super(message);
    this.name = "ApiError";
  }
}
function explain(error: unknown): string {
  if (error instanceof ApiError) return `${error.status} ${error.message}`;
  if (error instanceof Error) return error.message;
  return String(error);
}
const results: string[] = [];
for (const thrown of [new ApiError("conflict", 409), new Error("plain"), "text"] as unknown[]) {
  try {
    throw thrown;
  } catch (error: unknown) {
    results.push(explain(error));
  }
}
return results;
