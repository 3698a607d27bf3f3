// usage, in target/clients/node; an independent JOSE library reads our envelopes, and writes some for us.
//
//   node jose.mjs verify ENVELOPE PUBLIC_JWK            prints the protected header and the payload's digest
//   node jose.mjs sign   ENVELOPE PRIVATE_JWK ALG N     prints another envelope around the same payload
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

// It is installed where we are run, not where we lie.
const { FlattenedSign, base64url, decodeProtectedHeader, flattenedVerify, importJWK } =
  createRequire(`${process.cwd()}/`)('jose');

const [command, file, key, alg, n] = process.argv.slice(2);
const envelope = JSON.parse(readFileSync(file, 'utf8'));
const jwk = JSON.parse(readFileSync(key, 'utf8'));

if (command === 'verify') {
  const header = decodeProtectedHeader(envelope);
  const { payload } = await flattenedVerify(envelope, await importJWK(jwk, header.alg), { algorithms: ['EdDSA', 'RS256'] });
  const sha256 = createHash('sha256').update(payload).digest('hex');
  console.log(JSON.stringify({ header, sha256 }));
} else {
  const header = {
    ...decodeProtectedHeader(envelope),
    alg,
    iat: Math.floor(Date.now() / 1000),
    jti: `signed-by-jose-${n}`.padEnd(24, '0'),
    seq: Date.now() + Number(n),
  };
  const signed = await new FlattenedSign(base64url.decode(envelope.payload))
    .setProtectedHeader(header)
    .sign(await importJWK(jwk, alg));
  console.log(JSON.stringify(signed));
}
