// A model without a mind, behind OpenAI's chat interface: it types the first `->` line it has not
// typed yet and says it is done when there is none; an error, or that one is over, it repeats. So
// what it gets done, the packet alone got done. It keeps every question. Beside it stands a
// messenger, Telegram's interface, that keeps every message a person would get.
import http from "node:http";

export class Model {
  calls = [];
  messages = [];
  #typed = new Set();

  /** Listens on a free port; its base URL. */
  async start() {
    const server = http.createServer((request, response) => this.#serve(request, response));
    await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
    this.server = server;
    return `http://127.0.0.1:${server.address().port}/v1`;
  }

  /** Questions of one agent's turns, in order; only first ones unless `all`. */
  asked(agent, all = false) {
    return this.calls.filter((call) => call.agent === agent && (all || call.first));
  }

  async #serve(request, response) {
    let body = "";
    for await (const chunk of request) body += chunk;
    const method = /^\/bot[^/]+\/(\w+)/.exec(request.url)?.[1];
    if (method) return this.#messenger(method, body, response);
    if (request.url.endsWith("/models")) {
      return response.end(JSON.stringify({ object: "list", data: [{ id: "standin", object: "model" }] }));
    }
    const question = JSON.parse(body);
    const told = question.messages.map((message) => ({ ...message, content: text(message.content) }));
    const whole = told.map((message) => message.content).join("\n");
    const last = told.at(-1);
    const asked = told.slice(told.findLastIndex(({ role }) => role === "assistant") + 1);
    this.calls.push({
      agent: /agent=([\w-]+) \|/.exec(whole)?.[1] ?? "?",
      first: last.role === "user",
      system: told[0].content,
      text: asked.filter(({ role }) => role !== "system").map(({ content }) => content).join("\n"),
      tools: (question.tools ?? []).map((tool) => tool.function.name),
      bytes: body.length,
    });
    const next = this.#next(told.filter((message) => message.role !== "system").map((m) => m.content));
    const answer = next
      ? { tool_calls: [{ index: 0, id: `call_${this.calls.length}`, type: "function",
          function: { name: "exec", arguments: JSON.stringify({ command: next }) } }] }
      : { content: failure(last.content) ?? "NO_REPLY" };
    stream(response, answer, next ? "tool_calls" : "stop");
  }

  async #messenger(method, body, response) {
    let result = true;
    if (method === "getMe") result = { id: 1, is_bot: true, first_name: "Lab", username: "lab_bot" };
    if (method === "getUpdates") {
      await new Promise((later) => setTimeout(later, 2000));
      result = [];
    }
    if (method === "sendMessage" || method === "sendRichMessage") {
      this.messages.push(body);
      result = { message_id: this.messages.length, date: 1, chat: { id: 77, type: "private" }, text: "x" };
    }
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ok: true, result }));
  }

  #next(texts) {
    const lines = texts.join("\n").split("\n").map((line) => /^\s*-> (moss .*)$/.exec(line)?.[1]);
    const line = lines.find((line) => line && !this.#typed.has(line) && !/ (heartbeat|fail|release|reject|AGENT)\b/.test(line));
    if (!line) return undefined;
    this.#typed.add(line);
    const own = line.replace(/"(what [a-z ]+|the reason|WHY|TEXT)"/g, '"made and looked at"').replace("--score 3-5", "--score 4");
    return own.includes(" FILE…") ? `echo made > result.txt && ${own.replace(" FILE…", " result.txt")}` : own;
  }
}

/** What a message that tells of a failure, or of its end, says of it. */
function failure(told) {
  return /^.*(error: .*|It is over: .*)$/m.exec(told)?.[1];
}

function text(content) {
  if (typeof content === "string") return content;
  return (content ?? []).map((part) => part.text ?? "").join("\n");
}

function stream(response, delta, reason) {
  const chunk = (delta, finish_reason, usage) => {
    const choices = usage ? [] : [{ index: 0, delta, finish_reason }];
    const data = { id: "x", object: "chat.completion.chunk", created: 1, model: "standin", choices, usage };
    response.write(`data: ${JSON.stringify(data)}\n\n`);
  };
  response.setHeader("content-type", "text/event-stream");
  chunk({ role: "assistant", ...delta }, null);
  chunk({}, reason);
  chunk({}, null, { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 });
  response.end("data: [DONE]\n\n");
}
