/**
 * The Durable Objects. Each owns its storage and runs a host of its own; what is stored and what is said is decided in
 * there. Nothing here reads a message.
 */
import { DurableObject } from "cloudflare:workers";
import { instantiate } from "./host.js";
import { Platform, tables } from "./platform.js";
import { answer } from "./exchange.js";
import { refresh } from "./bundles.js";
import { migrate, migrateDatabase, object, transaction } from "./bindings.js";
import { BUNDLES, LOG } from "./names.js";

/** Milliseconds between two looks for what is old: while there is something, and while there are only idle sessions. */
const SWEEP_MS = 10_000;
const IDLE_SWEEP_MS = 600_000;
/** How many objects one invocation calls: it may make a thousand requests. */
const REACHED_AT_ONCE = 500;
/** Milliseconds between two notes that a session is in use whose stream is read. */
const NOTE_USE_MS = 60_000;

/** The transport of one session, or of a stream that belongs to none: its calls, and who reads. */
export class SessionDO extends DurableObject {
  #instance;
  #name;
  #attends = false;

  constructor(ctx, env) {
    super(ctx, env);
    const platform = new Platform(env, { waitUntil: (work) => ctx.waitUntil(work) });
    this.#instance = instantiate(platform, env);
  }

  /** Answers a request that belongs to this session, or begins it. */
  async serve(request, name) {
    if (this.#name === undefined) {
      this.#name = name;
      // Calls that ran in an object that is gone will not be answered any more.
      await this.#instance.recover(name);
    }
    await refresh(this.#instance, this.env);
    // Before anything is read, so that nothing said meanwhile is missed.
    if (mayStayOpen(request)) await this.#attend();
    return answer(this.#instance, request, name);
  }

  /** Something changed, says another object. */
  async hear(news) {
    if (this.#instance.openStreams() === 0) {
      this.#attends = false;
      await log(this.env).leave(this.ctx.id.toString());
      return;
    }
    if (news.lists.length === 0) return this.#instance.hear(news);
    // Not awaited: a push waits for whoever it tells, and what it brings can be had once it has ended.
    this.ctx.waitUntil(refresh(this.#instance, this.env, true).then(() => this.#instance.hear(news)));
  }

  async alarm() {
    if (this.#instance.openStreams() === 0) return;
    await this.#instance.keepAlive();
    await this.ctx.storage.setAlarm(Date.now() + NOTE_USE_MS);
  }

  async #attend() {
    if (this.#attends) return;
    await log(this.env).attend(this.ctx.id.toString());
    await this.ctx.storage.setAlarm(Date.now() + NOTE_USE_MS);
    this.#attends = true;
  }
}

/** The log that streams are read from, and the sessions: one order for all of them. */
export class EventStoreDO extends DurableObject {
  #instance;
  #sql;

  constructor(ctx, env) {
    super(ctx, env);
    this.#sql = transaction(ctx.storage);
    const storage = { binding: "EVENTS", name: LOG, sql: this.#sql };
    const platform = new Platform(env, { waitUntil: (work) => ctx.waitUntil(work), storage });
    migrate(ctx.storage, tables("EVENTS"));
    this.#instance = instantiate(platform, env);
    ctx.storage.sql.exec("CREATE TABLE IF NOT EXISTS attending (object TEXT PRIMARY KEY) STRICT");
  }

  /** Runs statements in one transaction. */
  async sql(statements) {
    const rows = this.#sql(statements);
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + SWEEP_MS);
    return rows;
  }

  /** An object has streams open from now on. */
  attend(object) {
    this.ctx.storage.sql.exec("INSERT OR IGNORE INTO attending VALUES (?)", object);
  }

  /** It has none any more. */
  leave(object) {
    this.ctx.storage.sql.exec("DELETE FROM attending WHERE object = ?", object);
  }

  /** Lets every object with open streams hear it. One that cannot be reached finds it in the log. */
  async tell(news) {
    const objects = this.ctx.storage.sql.exec("SELECT object FROM attending").toArray().map(({ object }) => object);
    if (objects.length <= REACHED_AT_ONCE) return this.reach(objects, news);
    // Each of these calls is an invocation of its own.
    const self = log(this.env);
    const calls = [];
    for (let at = 0; at < objects.length; at += REACHED_AT_ONCE) {
      calls.push(self.reach(objects.slice(at, at + REACHED_AT_ONCE), news));
    }
    await Promise.all(calls);
  }

  /** Lets these objects hear it. */
  async reach(objects, news) {
    const sessions = this.env.SESSIONS;
    await Promise.allSettled(objects.map((object) => sessions.get(sessions.idFromString(object)).hear(news)));
  }

  async alarm() {
    while (await this.#instance.sweep());
    const next = (await this.#instance.hasSessions()) ? IDLE_SWEEP_MS : undefined;
    if (next !== undefined) await this.ctx.storage.setAlarm(Date.now() + next);
  }
}

/** Where bundles are accepted and the audit log is written: by one object, one after the other. */
export class BundleDO extends DurableObject {
  #instance;
  #sql;
  #pushed;

  constructor(ctx, env) {
    super(ctx, env);
    const sql = transaction(ctx.storage);
    const platform = new Platform(env, {
      waitUntil: (work) => ctx.waitUntil(work),
      storage: { binding: "BUNDLE", name: BUNDLES, sql },
      key: () => signingKey(ctx.storage),
    });
    migrate(ctx.storage, tables("BUNDLE"));
    this.#instance = instantiate(platform, env, { writesAudit: true });
    this.#sql = sql;
  }

  /** Runs statements in one transaction. */
  sql(statements) {
    return this.#sql(statements);
  }

  /** What the audit log's checkpoints are verified with. */
  auditKey() {
    return this.#instance.auditKey();
  }

  /** Answers a push or an upload. */
  async serve(request) {
    await this.#boot();
    const answered = answer(this.#instance, request);
    this.#pushed = Promise.allSettled([this.#pushed, answered]);
    // A push ends whether or not its sender waits for it.
    this.ctx.waitUntil(answered.catch(() => {}));
    return answered;
  }

  /** The bundle to serve, unless it is the one that the caller has. */
  async current(have) {
    await this.#boot();
    // What is live while a push is under way may not be kept yet.
    await this.#pushed;
    return this.#instance.current(have);
  }

  /** Appends to the audit log, for whichever object has something to record. */
  async audit(request) {
    await this.#ready();
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now() + NOTE_USE_MS);
    return this.#instance.writeAudit(request);
  }

  async alarm() {
    await this.#instance.checkpoint();
  }

  /** The audit log's tables. */
  #ready = retried(() => migrateDatabase(this.env, "AUDIT", tables("AUDIT")));

  /** What is live: the newest of what was shipped and what was pushed since. */
  #boot = retried(async () => {
    await this.#ready();
    await this.#instance.boot();
  });
}

/** Does it once; after a failure, whoever comes next tries again. */
function retried(work) {
  let done;
  return () => {
    done ??= work().catch((error) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

const log = (env) => object(env, "EVENTS", LOG);

/** Whether what is read of the answer may be said by others, later: the streams of a GET and of a subscription. */
function mayStayOpen(request) {
  return request.method === "GET" || request.headers.get("mcp-method") === "subscriptions/listen";
}

/** 32 random bytes that never leave the object. */
function signingKey(storage) {
  storage.sql.exec("CREATE TABLE IF NOT EXISTS signing_key (only INTEGER PRIMARY KEY CHECK (only = 1), seed BLOB) STRICT");
  const kept = storage.sql.exec("SELECT seed FROM signing_key").toArray()[0];
  if (kept) return new Uint8Array(kept.seed);
  const seed = crypto.getRandomValues(new Uint8Array(32));
  storage.sql.exec("INSERT INTO signing_key VALUES (1, ?)", seed);
  return seed;
}
