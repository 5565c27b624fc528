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
const env = { HOME: home, PATH: `${tools}:/usr/local/bin:/usr/bin:/bin`, OPENCLAW_NO_RESPAWN: "1" };
const children = [];
const roles = ["planner", "executor", "reviewer", "patrol"];
const TOKEN = "lab-token";
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
const workspace = (role) => path.join(root, `${role}'s "Überraschung" 日本`);

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
let mossServer;

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
  };
  fs.writeFileSync(path.join(home, ".openclaw/openclaw.json"), JSON.stringify(config));
  start(node, [openclawFile, "gateway", "run", "--port", String(gatewayPort)],
    { env: { ...env, PATH: "/usr/local/bin:/usr/bin:/bin" } });

  const port = await freePort();
  const server = path.join(root, "server");
  fs.mkdirSync(server);
  fs.writeFileSync(path.join(server, "config.yaml"), `project:\n  name: Lab\nadmin:\n  password: lab-admin-password\n` +
    `agent:\n  registration_token: ${TOKEN}\n  allow_registration: true\nserver:\n  host: 127.0.0.1\n  port: ${port}\n` +
    `database:\n  type: sqlite\n  path: "${server}/tasks.db"\nworkspace:\n  root: "${server}/ws"\nsetup:\n  initialized: true\n`);
  mossServer = start(mossServerFile, ["serve", "--config", "config.yaml"], { cwd: server });
  const url = `http://127.0.0.1:${port}`;
  await until("moss-server", () => answers(`${url}/api/health`), 30);
  await until("the gateway", () => spawnSync("openclaw", ["cron", "list", "--json"], { env }).status === 0, 90);
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
    const again = run(moss, args.slice(0, 3), { cwd }).stdout;
    assert.match(again, /^nothing to change: /m);
    for (const line of again.trim().split("\n").slice(0, -1)) assert.match(line, /^same\t/);
    const agents = fs.readFileSync(path.join(cwd, "AGENTS.md"), "utf8");
    assert.ok(agents.startsWith("# My own words\n\nBe kind.\n\n<!-- moss:begin -->\n"), agents);
    assert.ok(!fs.existsSync(path.join(cwd, "BOOTSTRAP.md")));
    for (const text of [first, again, fs.readFileSync(path.join(home, ".openclaw/openclaw.json"), "utf8")]) {
      assert.ok(!text.includes(key), "the key went on board too");
    }
    say(`${role} is on board, twice`);
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
    assert.ok(payload.lightContext && sessionTarget === "isolated" && delivery.mode === "none");
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
}

async function down() {
  await ticks("executor", 1);
  const before = Object.fromEntries(roles.map((role) => [role, model.asked(`moss-${role}`).length]));
  mossServer.kill("SIGKILL");
  await ticks("patrol", 3);
  for (const role of roles) {
    const asked = model.asked(`moss-${role}`);
    assert.equal(asked.length, before[role] + 1, `the ${role} was told ${asked.length - before[role]} times`);
    assert.match(asked.at(-1).text, /cannot be reached[\s\S]*exited with code 7/);
  }
  say("server down for three ticks: each of the four told once");
}

try {
  await setUp();
  say("gateway, moss-server, stand-in model and four agents are there");
  onBoard();
  await idle();
  await work();
  await down();
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
