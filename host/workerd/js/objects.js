/**
 * The Durable Objects. Each owns its storage and runs a host of its own; what is stored and what is said is decided in
 * there. Nothing here reads a message.
 */
import { DurableObject } from "cloudflare:workers";
import { instantiate } from "./host.js";
import { Platform, tables } from "./platform.js";
import { answer, finish, take } from "./exchange.js";
import { MAX_AGE_MS, refresh } from "./bundles.js";
import { migrate, migrateDatabase, object, transaction } from "./bindings.js";
import { BUNDLES, LOG } from "./names.js";

/** Milliseconds from something that is kept to a look for what is old, and from there to the next if there is anything. */
const SWEEP_MS = 10_000;
const NEXT_SWEEP_MS = 60_000;
/** Steps of one look, which others wait for. */
const SWEEPS_AT_ONCE = 20;
/** How many objects one invocation calls: it may make a thousand requests. */
const REACHED_AT_ONCE = 500;
/** Milliseconds from a record to the checkpoint that signs it. */
const CHECKPOINT_MS = 60_000;

/** The transport of one session, or of a stream that belongs to none: its calls, and who reads. */
export class SessionDO extends DurableObject {
  #instance;
  /** Requests under way that may open a stream. */
  #opening = 0;
  /** Whether the log knows that streams are open here; changes come one after the other. */
  #attendance = Promise.resolve();

  constructor(ctx, env) {
    super(ctx, env);
    const platform = new Platform(env, { waitUntil: (work) => ctx.waitUntil(work) });
    this.#instance = instantiate(platform, env);
  }

  /** Calls that ran in an object that is gone will not be answered any more. */
  #recovered = retried((name) => this.#instance.recover(name));

  /** Answers a request that belongs to this session, or begins it. */
  async serve(request, name) {
    await this.#recovered(name);
    await refresh(this.#instance, this.env);
    if (!mayStayOpen(request)) return answer(this.#instance, request, name);
    this.#opening += 1;
    try {
      // Before anything is read, so that nothing said meanwhile is missed.
      await this.#attend(true);
      return await answer(this.#instance, request, name);
    } finally {
      this.#opening -= 1;
      if (this.#isSilent()) this.ctx.waitUntil(this.#attend(false));
    }
  }

  /** Something changed, says another object. */
  async hear(news) {
    if (this.#isSilent()) return this.#attend(false);
    if (news.lists.length === 0) return this.#instance.hear(news);
    // Not awaited: a push waits for whoever it tells, and what it brings can be had once it has ended.
    this.ctx.waitUntil(this.#hearOfLists(news));
  }

  async alarm() {
    if (this.#isSilent()) return this.#attend(false);
    await this.#instance.keepAlive();
    await this.#noteUseLater();
  }

  async #hearOfLists(news) {
    await refresh(this.#instance, this.env, true);
    // Whoever asks for the lists now may ask where the old ones are served for as long as this.
    await new Promise((resolve) => setTimeout(resolve, MAX_AGE_MS));
    this.#instance.hear(news);
  }

  #isSilent() {
    return this.#opening === 0 && this.#instance.openStreams() === 0;
  }

  #attend(wanted) {
    const change = async (attends) => {
      // Somebody may have come meanwhile.
      if (attends === wanted || (!wanted && !this.#isSilent())) return attends;
      if (!wanted) await log(this.env).leave(this.ctx.id.toString());
      else await Promise.all([log(this.env).attend(this.ctx.id.toString()), this.#noteUseLater()]);
      return wanted;
    };
    const changed = this.#attendance.then(change);
    this.#attendance = changed.catch(() => undefined);
    return changed;
  }

  /** Sessions whose streams are read are in use, although nothing arrives. */
  #noteUseLater() {
    return this.ctx.storage.setAlarm(Date.now() + this.#instance.noteUseMs());
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
    await soon(this.ctx.storage, SWEEP_MS);
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

  /**
   * Lets every object with open streams hear it. One that cannot be reached finds it in the log, and who tells of it waits
   * for none of them.
   */
  tell(news) {
    const objects = this.ctx.storage.sql.exec("SELECT object FROM attending").toArray().map(({ object }) => object);
    this.ctx.waitUntil(this.#reachAll(objects, news));
  }

  async #reachAll(objects, news) {
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
    let more = true;
    for (let step = 0; more && step < SWEEPS_AT_ONCE; step += 1) more = await this.#instance.sweep();
    if (more) await soon(this.ctx.storage, 0);
    else if (await this.#instance.hasSessions()) await soon(this.ctx.storage, NEXT_SWEEP_MS);
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
    const asked = await take(this.#instance, request);
    if (asked instanceof Response) return asked;
    await soon(this.ctx.storage, CHECKPOINT_MS);
    const answered = finish(this.#instance, asked);
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
    await soon(this.ctx.storage, CHECKPOINT_MS);
    return this.#instance.writeAudit(request);
  }

  async alarm() {
    await this.#ready();
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
  return (...given) => {
    done ??= work(...given).catch((error) => {
      done = undefined;
      throw error;
    });
    return done;
  };
}

/** Has the alarm go off no later than this. */
async function soon(storage, ms) {
  const at = Date.now() + ms;
  const set = await storage.getAlarm();
  if (set === null || set > at) await storage.setAlarm(at);
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
