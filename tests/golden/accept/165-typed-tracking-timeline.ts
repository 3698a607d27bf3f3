// expect: [{"leg":"Warehouse → Lyon","hours":23},{"leg":"Lyon → Destination","hours":48}]
interface Step { status: string; location: string; at: string }
const hoursBetween = (from: string, to: string): number => (Date.parse(to) - Date.parse(from)) / 3_600_000;
const { events } = (await acme.trackShipment({ shipmentId: "shp_1002" })) as { events: Step[] };
const legs = events.slice(1).map((step: Step, index: number) => ({
  leg: `${events[index]!.location} → ${step.location}`,
  hours: hoursBetween(events[index]!.at, step.at),
}));
return legs;
