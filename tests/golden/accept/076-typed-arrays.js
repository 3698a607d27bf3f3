// expect: {"text":"Hello","wrapped":44,"first":255,"sum":4,"length":6}
const bytes = new Uint8Array([72, 101, 108, 108, 111, 300]);
const view = new DataView(new ArrayBuffer(4));
view.setInt16(0, -2);
const floats = Float64Array.from([1.5, 2.5]);
return {
  text: String.fromCharCode(...bytes.subarray(0, 5)),
  wrapped: bytes[5],
  first: view.getUint8(0),
  sum: floats.reduce((a, b) => a + b, 0),
  length: bytes.byteLength,
};
