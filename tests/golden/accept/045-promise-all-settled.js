// expect: ["done","Error: broken","RangeError: too far"]
const jobs = [
  async () => "done",
  async () => {
    throw new Error("broken");
  },
  () => Promise.reject(new RangeError("too far")),
];
const outcomes = await Promise.allSettled(jobs.map((job) => job()));
return outcomes.map((outcome) =>
  outcome.status === "fulfilled" ? outcome.value : `${outcome.reason.name}: ${outcome.reason.message}`,
);
