// The story `run` tells, with the real programs; see there.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { Model } from "./model.mjs";

const [bin, node, openclawFile] = process.argv.slice(2);
const root = fs.mkdtempSync(path.join(os.tmpdir(), "moss-openclaw-"));
const moss = path.join(root, "opt/moss"); // copies, in a folder no daemon has on its PATH
const mossServerFile = path.join(root, "opt/moss-server");
const home = path.join(root, "home");
const tools = path.join(root, "bin");
const env = { HOME: home, PATH: `${tools}:${path.dirname(moss)}:/usr/local/bin:/usr/bin:/bin`, OPENCLAW_NO_RESPAWN: "1" };
const children = [];
const roles = ["planner", "executor", "reviewer", "patrol"];
const TOKEN = "lab-token";
const OWNER = "77"; // whom the messenger knows
const started = Date.now();

function say(text) {
  console.log(`[${String(Math.round((Date.now() - started) / 1000)).padStart(3)} s] ${text}`);
}

function run(program, args, { cwd = root, input = "", code = 0 } = {}) {
  const ran = spawnSync(program, args, { cwd, input, env, encoding: "utf8", timeout: 300_000 });
  assert.equal(ran.status, code, `${program} ${args.join(" ")}\n${ran.stdout}${ran.stderr}`);
  return ran;
}

const openclaw = (...args) => run("openclaw", args).stdout;
const moved = {}; // folders that were renamed since
const workspace = (role) => moved[role] ?? path.join(root, `${role}'s "Überraschung" 日本`);

function start(program, args, options) {
  const log = fs.openSync(path.join(root, `${path.basename(args[0] ?? program)}.log`), "a");
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", log, log], ...options });
  children.push(child);
  return child;
}

async function until(what, check, seconds) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await check();
    if (found) return found;
    assert.ok(Date.now() < end, `waited ${seconds} s for: ${what}`);
    await sleep(500);
  }
}

const freePort = () => new Promise((found) => {
  const server = net.createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => found(port));
  });
});

const answers = (url) => new Promise((found) => {
  http.get(url, (response) => { response.resume(); found(true); }).on("error", () => found(false));
});

/** This role's job, as OpenClaw keeps it. */
function job(role) {
  const { jobs } = JSON.parse(openclaw("cron", "list", "--all", "--agent", `moss-${role}`, "--json"));
  const mine = jobs.filter((job) => job.declarationKey === `moss:${role}`);
  assert.equal(mine.length, 1, `one timer for the ${role}`);
  return mine[0];
}

async function ticks(role, more, seconds = 45 * more) {
  const ticked = () => job(role).state.triggerEvalCount ?? 0;
  const from = ticked();
  await until(`${more} ticks of the ${role}`, () => ticked() >= from + more, seconds);
}

const model = new Model();
const serverDir = path.join(root, "server");
let mossServer;
let url;

async function serve() {
  mossServer = start(mossServerFile, ["serve", "--config", "config.yaml"], { cwd: serverDir });
  await until("moss-server", () => answers(`${url}/api/health`), 30);
}

/** What `moss doctor` finds wrong in a role's folder, by its code. */
function wrong(role, patience = 3) {
  const ran = spawnSync("moss", ["doctor", "--json"], { cwd: workspace(role), env, encoding: "utf8" });
  const checks = JSON.parse(ran.stdout).filter(({ verdict }) => verdict !== "ok");
  // On a busy machine OpenClaw takes longer than doctor waits for it, and what it was asked stays open.
  if (patience > 1 && checks.some(({ code }) => code === "host_hangs")) return wrong(role, patience - 1);
  for (const { finding, mend } of checks) assert.ok(finding && !mend.includes("…"), `${finding}: ${mend}`);
  return Object.fromEntries(checks.map((check) => [check.code, check]));
}

/** Types what doctor prints for these findings, and looks that they are gone. */
function mend(role, codes, cwd = workspace(role)) {
  const found = wrong(role);
  for (const code of codes) {
    assert.ok(found[code], `${code} is not found; found are ${JSON.stringify(found)}`);
    run("sh", ["-c", found[code].mend], { cwd: /^moss-server /.test(found[code].mend) ? serverDir : cwd });
    say(`${code}: ${found[code].mend.split(root).join("")}`);
  }
  // A server that runs believes what it knows of a key for a second.
  spawnSync("sleep", ["1.1"]);
  const left = wrong(role);
  for (const code of codes) assert.ok(!left[code], `after its mend there is still ${JSON.stringify(left[code])}`);
}

async function setUp() {
  fs.mkdirSync(path.join(home, ".openclaw"), { recursive: true });
  fs.mkdirSync(tools);
  fs.mkdirSync(path.dirname(moss));
  for (const file of [moss, mossServerFile]) fs.copyFileSync(path.join(bin, path.basename(file)), file);
  fs.writeFileSync(path.join(tools, "openclaw"), `#!/bin/sh\nexec '${node}' '${openclawFile}' "$@"\n`, { mode: 0o755 });
  const baseUrl = await model.start();
  const gatewayPort = await freePort();
  const standin = { id: "standin", name: "standin", reasoning: false, input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, contextWindow: 128_000, maxTokens: 4096 };
  const config = {
    gateway: { mode: "local", bind: "loopback", port: gatewayPort, auth: { mode: "token", token: "lab" } },
    models: { providers: { standin: { baseUrl, apiKey: "none", api: "openai-completions", models: [standin] } } },
    agents: { defaults: { model: { primary: "standin/standin" }, heartbeat: { every: "0m" } } },
    channels: { telegram: { enabled: true, botToken: "1:lab", apiRoot: baseUrl.replace("/v1", ""), dmPolicy: "allowlist", allowFrom: [OWNER] } },
  };
  fs.writeFileSync(path.join(home, ".openclaw/openclaw.json"), JSON.stringify(config));
  start(node, [openclawFile, "gateway", "run", "--port", String(gatewayPort)],
    { env: { ...env, PATH: "/usr/local/bin:/usr/bin:/bin" } });

  const port = await freePort();
  const server = serverDir;
  fs.mkdirSync(server);
  fs.writeFileSync(path.join(server, "config.yaml"), `project:\n  name: Lab\nadmin:\n  password: lab-admin-password\n` +
    `agent:\n  registration_token: ${TOKEN}\n  allow_registration: true\nserver:\n  host: 127.0.0.1\n  port: ${port}\n` +
    `database:\n  type: sqlite\n  path: "${server}/tasks.db"\nworkspace:\n  root: "${server}/ws"\nsetup:\n  initialized: true\n`);
  url = `http://127.0.0.1:${port}`;
  await serve();
  await until("the gateway", () => spawnSync("openclaw", ["cron", "list", "--json"], { env }).status === 0, 240);
  for (const role of roles) {
    fs.mkdirSync(workspace(role));
    run(moss, ["register", "--server", url, "--role", role, "--name", `AI-${role}`, "--token-stdin"],
      { cwd: workspace(role), input: TOKEN });
  }
}

function onBoard() {
  for (const role of roles) {
    const cwd = workspace(role);
    fs.writeFileSync(path.join(cwd, "AGENTS.md"), "# My own words\n\nBe kind.\n");
    const key = fs.readFileSync(path.join(cwd, ".moss/key"), "utf8").split("\n")[0];
    const args = ["onboard", "openclaw", "--run", "--every", "30s"];
    const first = run(moss, args, { cwd }).stdout;
    assert.match(first, /^ran\topenclaw agents add moss-/m);
    assert.match(first, /^ran\topenclaw cron add /m);
    assert.match(first, new RegExp(`"AI-${role}" works as moss-${role}, every 30s\n$`));
    // One of them twice: a question to OpenClaw takes seconds.
    const again = role === "patrol" ? run(moss, args.slice(0, 3), { cwd }).stdout : "";
    if (again) {
      assert.match(again, /^nothing to change: /m);
      for (const line of again.trim().split("\n").slice(0, -1)) assert.match(line, /^same\t/);
    }
    const agents = fs.readFileSync(path.join(cwd, "AGENTS.md"), "utf8");
    assert.ok(agents.startsWith("# My own words\n\nBe kind.\n\n<!-- moss:begin -->\n"), agents);
    assert.ok(!fs.existsSync(path.join(cwd, "BOOTSTRAP.md")));
    for (const text of [first, again, fs.readFileSync(path.join(home, ".openclaw/openclaw.json"), "utf8")]) {
      assert.ok(!text.includes(key), "the key went on board too");
    }
    say(`${role} is on board${again && ", twice"}`);
  }
  const agents = JSON.parse(openclaw("agents", "list", "--json"));
  for (const role of roles) {
    const agent = agents.find(({ id }) => id === `moss-${role}`);
    assert.equal(agent.workspace, workspace(role));
    assert.deepEqual(JSON.parse(openclaw("config", "get", `agents.entries.moss-${role}.skills`, "--json")), [`moss-${role}`]);
    const skill = JSON.parse(openclaw("skills", "info", `moss-${role}`, "--agent", `moss-${role}`, "--json"));
    assert.equal(skill.filePath, path.join(workspace(role), "skills", `moss-${role}`, "SKILL.md"));
    const { payload, trigger, delivery, sessionTarget } = job(role);
    assert.deepEqual(payload.toolsAllow, ["exec"]);
    assert.ok(payload.lightContext && sessionTarget === "isolated" && delivery.mode === "announce");
    assert.deepEqual([delivery.channel, delivery.to], ["telegram", OWNER]);
    assert.equal(trigger.script, fs.readFileSync(path.join(workspace(role), ".moss/gate.js"), "utf8").trim());
  }
}

async function idle() {
  for (const role of roles) await until(`a tick of the ${role}`, () => job(role).state.triggerEvalCount > 0, 60);
  assert.equal(model.calls.length, 0, "an idle tick asks no model");
  say("idle ticks of all four: 0 model calls");
}

async function work() {
  const plan = "task: { name: Shop, key: shop }\nsub_tasks:\n" +
    "  - { key: a, name: Greeting, description: write it, deliverable: result.txt, acceptance: result.txt is there }\n";
  fs.writeFileSync(path.join(workspace("planner"), "plan.yaml"), plan);
  run(moss, ["plan", "apply", "plan.yaml"], { cwd: workspace("planner") });
  const task = JSON.parse(run(moss, ["list", "--tasks", "--json"], { cwd: workspace("planner") }).stdout).items[0];
  const state = () => JSON.parse(run(moss, ["show", task.id, "--json"], { cwd: workspace("planner") }).stdout);
  await until("the task to be done by the agents alone", () => JSON.stringify(state()).includes('"status":"completed"'), 240);
  for (const role of ["executor", "reviewer", "planner"]) {
    const [first] = model.asked(`moss-${role}`);
    assert.ok(first.text.includes(`"AI-${role}" · ${role} · `), first.text);
    assert.match(first.text, /^ *-> moss /m);
    assert.match(first.text, /moss COMMAND --help/);
    assert.ok(first.tools.includes("exec"), String(first.tools));
    assert.ok(!first.system.includes("My own words"), "light context");
    say(`${role}: ${model.asked(`moss-${role}`).length} run, ${model.asked(`moss-${role}`, true).length} model calls, first ${first.bytes} bytes`);
  }
  assert.equal(model.asked("moss-executor").length, 1, "one piece of work, one run");
  assert.equal(model.asked("moss-patrol").length, 0, "nothing was stuck");
  assert.equal(model.messages.length, 0, "work is no news to a person");
}

async function down() {
  await ticks("executor", 1);
  const before = Object.fromEntries(roles.map((role) => [role, model.asked(`moss-${role}`).length]));
  const more = (role) => model.asked(`moss-${role}`).length - before[role];
  mossServer.kill("SIGKILL");
  await ticks("executor", 1);
  assert.equal(more("executor"), 0, "one tick without a server is no news");
  for (const role of roles) await until(`the ${role} to be told`, () => more(role) > 0, 180);
  await ticks("patrol", 2);
  for (const role of roles) {
    assert.equal(more(role), 1, `the ${role} was told ${more(role)} times`);
    assert.match(model.asked(`moss-${role}`).at(-1).text, /cannot be reached[\s\S]*ended with 7/);
  }
  await until("a person to be told", () => model.messages.length >= 4, 30);
  assert.equal(model.messages.length, 4, "once for each agent");
  for (const message of model.messages) assert.match(message, /cannot be reached/);
  say("server down: each of the four told once, and so was a person");
  await serve();
  for (const role of roles) await until(`the ${role} to hear of the end`, () => more(role) > 1, 180);
  await until("a person to hear of the end", () => model.messages.length >= 8, 30);
  await ticks("executor", 1);
  for (const role of roles) assert.equal(more(role), 2, `the ${role} heard of the end once`);
  assert.equal(model.messages.length, 8, "once for each agent");
  for (const message of model.messages.slice(4)) assert.match(message, /works again/);
  say("server back: each of the four told once, and so was a person");
}

/** What a person, an upgrade and time do to the host; each mend is typed as doctor prints it. */
async function months() {
  const calls = model.calls.length;
  const id = (role) => job(role).id;
  // What OpenClaw does by itself, and what a person set.
  const set = (...words) => openclaw("config", "set", ...words, "--json");
  set("agents.defaults.heartbeat.every", '"30m"');
  set("agents.entries.moss-patrol.tools.exec.mode", '"allowlist"');
  openclaw("cron", "edit", id("patrol"), "--tools", "exec,read");
  openclaw("cron", "disable", id("patrol"));
  mend("patrol", ["heartbeat", "weekly_review", "exec_refused", "timer_off", "unseen_words"]);
  const beats = JSON.parse(openclaw("cron", "list", "--all", "--json")).jobs
    .filter(({ declarationKey, enabled }) => enabled && /^(heartbeat|skill-collection-review):moss-patrol/.test(declarationKey ?? ""));
  assert.deepEqual(beats.map(({ declarationKey }) => declarationKey), [], "the gateway wakes it for nothing else");
  await ticks("patrol", 1);
  assert.equal(job("patrol").state.triggerState?.failure ?? null, null, "moss runs without being asked for");
  // Until that was mended, the heartbeat of a person may have come.
  const asked = model.asked("moss-patrol").length;

  // The binary and the folder are moved.
  const elsewhere = path.join(root, "opt2");
  fs.renameSync(path.dirname(moss), elsewhere);
  env.PATH = env.PATH.replace(path.dirname(moss), elsewhere);
  const folder = path.join(root, "100% renamed");
  fs.renameSync(workspace("patrol"), folder);
  moved.patrol = folder;
  const timer = id("patrol");
  mend("patrol", ["moss_moved", "exec_refused"]);
  assert.deepEqual(["renamed", "dead_folder", "old_gate"].filter((code) => wrong("patrol")[code]), [], "one mend for all");
  assert.equal(id("patrol"), timer, "the old timer came along");
  assert.deepEqual(job("patrol").payload.toolsAllow, ["exec", "read"], "what a person gave it stays");
  assert.ok(!job("patrol").payload.lightContext, "and so does what they chose");
  assert.deepEqual(JSON.parse(openclaw("config", "get", "agents.entries.moss-patrol.tools.exec.pathPrepend", "--json")), [elsewhere]);
  await ticks("patrol", 1);
  assert.equal(job("patrol").state.triggerState?.failure ?? null, null, "it ticks where it is now");
  say("binary and folder moved: one mend, the same timer");

  // The server's own person disables, and resets.
  const server = (...args) => run(path.join(elsewhere, "moss-server"), args, { cwd: serverDir });
  server("agent", "disable", "AI-patrol");
  spawnSync("sleep", ["1.1"]);
  mend("patrol", ["agent_disabled"]);
  server("agent", "reset-key", "AI-patrol");
  spawnSync("sleep", ["1.1"]);
  mend("patrol", ["unknown_key"]);
  // That program or folder was gone is news, ours or OpenClaw's, if a slow machine takes two ticks
  // to bring them back.
  const news = /ended with 127|Automation "moss-patrol" failed \d+ times/;
  const told = model.asked("moss-patrol").slice(asked).filter(({ text }) => !news.test(text));
  assert.deepEqual(told.map(({ text }) => text), [], "the mends cost nothing");
  say(`mends: ${model.calls.length - calls} model calls of everybody's`);

  // And off again, twice.
  const key = fs.readFileSync(path.join(folder, ".moss/key"), "utf8");
  const off = run("moss", ["offboard", "openclaw"], { cwd: folder }).stdout;
  assert.match(off, /^ran\topenclaw cron rm /m);
  const { jobs } = JSON.parse(openclaw("cron", "list", "--all", "--json"));
  assert.deepEqual(jobs.filter(({ declarationKey }) => declarationKey === "moss:patrol"), []);
  assert.equal(fs.readFileSync(path.join(folder, "AGENTS.md"), "utf8"), "# My own words\n\nBe kind.\n");
  assert.equal(fs.readFileSync(path.join(folder, ".moss/key"), "utf8"), key, "its key stays");
  for (const gone of [".moss/gate.js", ".moss/openclaw.json", "skills"]) assert.ok(!fs.existsSync(path.join(folder, gone)), gone);
  const again = run("moss", ["offboard", "openclaw"], { cwd: folder }).stdout;
  assert.match(again, /^nothing to do: /);
  say("off board, twice");
}

try {
  await setUp();
  say("gateway, moss-server, stand-in model and four agents are there");
  onBoard();
  await idle();
  await work();
  await down();
  await months();
  say("PASS");
} catch (error) {
  console.error(error);
  for (const call of model.calls.slice(-6)) console.error(`--- ${call.agent} ${call.first}\n${call.text.slice(0, 3000)}`);
  console.error(`FAIL; everything is kept in ${root}`);
  process.exitCode = 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
  model.server?.closeAllConnections();
  model.server?.close();
  if (!process.exitCode) fs.rmSync(root, { recursive: true, force: true });
}
