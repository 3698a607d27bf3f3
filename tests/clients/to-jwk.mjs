// A private key from PKCS#8 PEM to JWK:  node to-jwk.mjs PEM JWK
import { createPrivateKey } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const [from, to] = process.argv.slice(2);
writeFileSync(to, JSON.stringify(createPrivateKey(readFileSync(from)).export({ format: 'jwk' })));
