// expect: ["fine","gone","gone","client error","server error"]
function describe(code) {
  switch (true) {
    case code >= 500:
      return "server error";
    case code === 404:
    case code === 410:
      return "gone";
    case code >= 400:
      return "client error";
    default:
      return "fine";
  }
}
return [200, 404, 410, 422, 503].map(describe);
