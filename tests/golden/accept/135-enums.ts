// expect: {"names":["Low","Medium","High"],"high":4,"carriers":["swift","northpost"],"keys":6}
enum Level {
  Low = 1,
  Medium,
  High = Medium * 2,
}
enum Carrier {
  Swift = "swift",
  NorthPost = "northpost",
}
const names = [Level.Low, Level.Medium, Level.High].map((level) => Level[level]);
return { names, high: Level.High, carriers: Object.values(Carrier), keys: Object.keys(Level).length };
