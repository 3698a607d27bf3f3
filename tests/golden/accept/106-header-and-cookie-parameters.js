// expect: {"requestTag":"tag-1","region":"eu","empty":[null,null]}
const { requestTag, region } = await acme.requestContext({ "X-Request-Tag": "tag-1", region: "eu" });
const empty = await acme.requestContext({});
return { requestTag, region, empty: [empty.requestTag, empty.region] };
