#!/usr/bin/env node
// A client that knows Roster by its protos alone: @grpc/grpc-js with @grpc/proto-loader, and jose for the token.
//
// It signs up, lists the members of the new organisation, and verifies the access token offline against the JWKS
// fetched over HTTP. It prints one line of JSON with what it saw and exits 0, or says on stderr what was expected and
// what came, and exits 1.
//
//   node check.mjs GRPC_ADDRESS HTTP_ADDRESS DATA_FOLDER [--issuer …] [--audience …] [--sign-up immediate|verified]
//
// Mails are read from DATA_FOLDER/mail/*.eml. The packages are looked for in target/tools/node, then in the usual places.

import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { randomBytes, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

// Node 18 has it, but not under this name.
globalThis.crypto ??= webcrypto;

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const tools = join(root, "target", "tools", "node", "package.json");
const require = createRequire(existsSync(tools) ? tools : import.meta.url);
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");
const jose = await import(pathToFileURL(require.resolve("jose")).href);

const DEADLINE_MS = 30_000;
let checks = 0;

/** The server is not what its contract says. */
class Mismatch extends Error {}

function check(holds, what) {
  checks += 1;
  if (!holds) throw new Mismatch(what);
}

function equal(seen, expected, what) {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(expected)];
  check(a === b, `${what}: ${b} is expected, ${a} came`);
}

/** The services, each as a client whose methods give promises. */
function connect(address) {
  const definition = protoLoader.loadSync(
    ["roster/identity/v1/identity_service.proto", "roster/membership/v1/membership_service.proto"],
    { includeDirs: [join(root, "proto")], keepCase: true, enums: String, longs: String, oneofs: true, defaults: true },
  );
  const { roster } = grpc.loadPackageDefinition(definition);
  const promised = (Service) => {
    const client = new Service(address, grpc.credentials.createInsecure());
    return (method, request, token) => {
      const metadata = new grpc.Metadata();
      if (token) metadata.set("authorization", `Bearer ${token}`);
      const options = { deadline: Date.now() + DEADLINE_MS };
      return new Promise((resolve, reject) => {
        client[method](request, metadata, options, (error, answer) => (error ? reject(error) : resolve(answer)));
      });
    };
  };
  return {
    identity: promised(roster.identity.v1.IdentityService),
    membership: promised(roster.membership.v1.MembershipService),
  };
}

/** The headers of a mail or of a part of it, by lower-case name, and the rest. */
function split(source) {
  const at = source.indexOf("\r\n\r\n");
  const headers = {};
  for (const line of source.slice(0, at).replace(/\r\n[ \t]+/g, " ").split("\r\n")) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return [headers, source.slice(at + 4)];
}

/** The plain text of a mail, or undefined. */
function plainText(source) {
  const [headers, body] = split(source);
  const type = headers["content-type"] ?? "text/plain";
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  if (boundary) {
    const parts = body.split(`--${boundary}`).slice(1, -1);
    return parts.map((part) => plainText(part.replace(/^\r\n/, ""))).find((text) => text !== undefined);
  }
  if (!/^text\/plain/i.test(type)) return undefined;
  const encoding = (headers["content-transfer-encoding"] ?? "7bit").toLowerCase();
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return body;
  const octets = body.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(octets, "latin1").toString("utf8");
}

/** The code in the newest mail to `address`, waiting for it to come. */
async function mailedCode(folder, address) {
  const mails = join(folder, "mail");
  for (const until = Date.now() + DEADLINE_MS; Date.now() < until; await new Promise((r) => setTimeout(r, 100))) {
    const files = existsSync(mails) ? readdirSync(mails).filter((name) => name.endsWith(".eml")).map((name) => join(mails, name)) : [];
    files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
    for (const file of files) {
      const source = readFileSync(file, "utf8").replace(/\r?\n/g, "\r\n");
      if (!(split(source)[0].to ?? "").includes(address)) continue;
      const code = /(?<!\d)(\d{4})[ -]?(\d{4})(?!\d)/.exec(plainText(source) ?? "");
      check(code, `the mail ${file} holds no code of eight digits`);
      return code[1] + code[2];
    }
  }
  throw new Mismatch(`no mail to ${address} came to ${mails} within ${DEADLINE_MS / 1000} s`);
}

async function signUp(identity, folder, email, mode) {
  const answer = await identity("SignUp", {
    email,
    display_name: "Núria Fora",
    organization_name: "Outside Node",
    password: randomBytes(18).toString("base64url"),
  });
  if (answer.outcome === "tokens") {
    check(mode !== "verified", "SignUp gave tokens though the address is not verified");
    return [answer.tokens, "immediate"];
  }
  equal(answer.outcome, "next_step", "what SignUp answers");
  check(mode !== "immediate", "SignUp gave no tokens");
  equal(answer.next_step.kind, "KIND_VERIFY_EMAIL", "the next step");
  const code = await mailedCode(folder, email);
  const verified = await identity("VerifyEmail", { handle: answer.next_step.handle, code });
  equal(verified.outcome, "tokens", "what VerifyEmail answers");
  return [verified.tokens, "verified"];
}

/** Verifies an access token as another service does, by RFC 9068. */
async function verify(token, httpAddress, issuer, audience) {
  const keys = jose.createRemoteJWKSet(new URL(`http://${httpAddress}/.well-known/jwks.json`));
  const { payload } = await jose.jwtVerify(token, keys, {
    algorithms: ["EdDSA"],
    typ: "at+jwt",
    issuer,
    audience,
    requiredClaims: ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "org", "mbr"],
  });
  checks += 1;
  const [head, body, signature] = token.split(".");
  const forged = [head, body, (signature[0] === "A" ? "B" : "A") + signature.slice(1)].join(".");
  const refusal = await jose.jwtVerify(forged, keys, { algorithms: ["EdDSA"] }).catch((error) => error.code);
  equal(refusal, "ERR_JWS_SIGNATURE_VERIFICATION_FAILED", "what jose says of a turned signature");
  return [payload, forged];
}

/** Makes a ListMembers call that must be refused with `code` and say why. */
async function refused(membership, what, code, request, token) {
  let error;
  try {
    await membership("ListMembers", request, token);
  } catch (thrown) {
    error = thrown;
  }
  check(error, `${what}: was let in`);
  equal(grpc.status[error.code], code, `${what}: the code`);
  const details = error.metadata.get("grpc-status-details-bin")[0];
  check(details?.includes("google.rpc.ErrorInfo") && details.includes("roster"), `${what}: no ErrorInfo of the domain roster`);
}

async function run() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { issuer: { type: "string" }, audience: { type: "string" }, "sign-up": { type: "string" } },
  });
  if (positionals.length !== 3) throw new Mismatch("GRPC_ADDRESS, HTTP_ADDRESS and DATA_FOLDER are expected");
  const [grpcAddress, httpAddress, folder] = positionals;
  const { identity, membership } = connect(grpcAddress);
  const email = `outside-node-${randomBytes(6).toString("hex")}@example.org`;

  const [tokens, how] = await signUp(identity, folder, email, values["sign-up"]);
  const [claims, forged] = await verify(tokens.access_token, httpAddress, values.issuer, values.audience);
  equal(claims.sub, tokens.user_id, "the token's sub");
  equal(claims.org, tokens.organization_id, "the token's org");
  equal(claims.mbr, tokens.member_id, "the token's mbr");
  equal(claims.sid, tokens.session_id, "the token's sid");

  const { members } = await membership("ListMembers", {}, tokens.access_token);
  equal(members.map((member) => member.email), [email], "the members' addresses");
  const [member] = members;
  equal(member.id, tokens.member_id, "the member's id");
  equal(member.display_name, "Núria Fora", "the member's name");
  equal(member.state, "MEMBER_STATE_ACTIVE", "the member's state");
  equal(member.guide, "GUIDE_OK", "the member's guide");
  equal(member.roles.map((role) => role.name), ["owner"], "the founder's roles");

  await refused(membership, "a call without a token", "UNAUTHENTICATED", {});
  await refused(membership, "a call with a forged token", "UNAUTHENTICATED", {}, forged);
  await refused(membership, "a negative page size", "INVALID_ARGUMENT", { page_size: -1 }, tokens.access_token);
  const version = (name) => JSON.parse(readFileSync(join(dirname(tools), "node_modules", name, "package.json"), "utf8")).version;
  const client = existsSync(tools) ? `node @grpc/grpc-js ${version("@grpc/grpc-js")}, jose ${version("jose")}` : "node";
  return { client, sign_up: how, members: members.length, issuer: claims.iss, audience: claims.aud, checks };
}

try {
  console.log(JSON.stringify(await run()));
  process.exit(0);
} catch (error) {
  const words =
    error instanceof Mismatch ? error.message
    : error.code?.startsWith?.("ERR_J") ? `the token does not verify: ${error.code}: ${error.message}`
    : error.details !== undefined ? `a call failed: ${grpc.status[error.code]}: ${error.details}`
    : error.stack;
  console.error(`outside client in Node: ${words}`);
  process.exit(1);
}
