// Before the model: is there work? Written by `moss onboard openclaw`.
const ran = await exec({ command: "{command}", workdir: "{workspace}", timeoutSeconds: 25, yieldMs: 28000 });
const code = ran?.exitCode ?? null;
// 0 is work, 3 is none. Anything else is told once, then not again until it is over or another.
// A server that is away (7) may be back in a moment: it is told at the third tick in a row.
// OpenClaw forgets this state when the run it led to fails, so nothing is lost with a dead model.
const before = trigger.state ?? {};
const failure = code === 0 || code === 3 ? null : String(code);
const ticks = failure === null ? 0 : failure === before.failure ? (before.ticks ?? 0) + 1 : 1;
const fails = failure !== null && failure !== before.told && ticks >= (failure === "7" ? 3 : 1);
// That it is over is worth a call of the model where a person hears of it.
const over = failure === null && typeof before.told === "string" && "{announced}" === "yes";
const said = [String(ran?.aggregated ?? "").trim()];
if (fails) said.push(`moss wake --gate ended with ${failure}. Mend: moss doctor`);
if (over) said.unshift(`It is over: moss works again (it had ended with ${before.told}).`);
json({
  fire: code === 0 || fails || over,
  message: said.filter((line) => line !== "").join("\n"),
  state: { failure, ticks, told: failure === null ? null : fails ? failure : before.told ?? null },
});
