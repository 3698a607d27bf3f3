// expect: ["paid","refunded","no state after refunded"]
type Status = "pending" | "paid" | "refunded";
type Result<T, E = string> = { ok: true; value: T } | { ok: false; error: E };
function next(status: Status): Result<Status> {
  switch (status) {
    case "pending":
      return { ok: true, value: "paid" };
    case "paid":
      return { ok: true, value: "refunded" };
    default:
      return { ok: false, error: `no state after ${status}` };
  }
}
const states: Status[] = ["pending", "paid", "refunded"];
return states.map((status) => {
  const result = next(status);
  return result.ok ? result.value : result.error;
});
